// What an HTTP answer means: what was asked for, or the error that it tells of.
import { LucidError } from '../lucid-error.ts';
import type { Problem } from '../protocol.ts';

/** What stands between a client and the engine answers so while the engine is away. */
const passingStatuses = [502, 503, 504];

/** @throws LucidError unless it is what was asked for */
export async function readAnswer(answer: Response): Promise<unknown> {
  if (answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400)) throw errorOfRedirect(answer);
  const type = answer.headers.get('content-type') ?? '';
  if (answer.ok && type === 'application/gzip') return answer; // An archive may be larger than memory.
  const text = await answer.text();
  if (answer.ok && !type.includes('json')) return text;
  const json = parseJson(text);
  if (answer.ok && json !== undefined) return json;
  throw isProblem(json) ? errorOfProblem(json) : errorOfStranger(answer, type);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Told as an answer that isn't the engine's.
  }
}

const isProblem = (json: unknown): json is Problem =>
  typeof json === 'object' && json !== null && 'code' in json && 'detail' in json;

const errorOfProblem = ({ code, detail, status, retryAfterMs, errors }: Problem): LucidError =>
  new LucidError(code, detail, { status, retryAfterMs, errors });

/** Pages aren't told where it leads. */
const errorOfRedirect = ({ status, headers }: Response): LucidError =>
  new LucidError(
    'badAnswer',
    `The engine's address redirects to ${headers.get('location') ?? 'another'}; name that as baseUrl, since a token follows no redirect.`,
    { status },
  );

const errorOfStranger = ({ status }: Response, type: string): LucidError =>
  new LucidError('badAnswer', `Not the engine answered, but something before it: ${status}, ${type || 'no type'}.`, {
    status,
    retryable: passingStatuses.includes(status),
  });
