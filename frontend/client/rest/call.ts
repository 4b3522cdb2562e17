// One call over REST: who calls, the request, its answer, and more tries where they are safe.
import { describeThrown, LucidError } from '../lucid-error.ts';
import { makeId } from '../make-id.ts';
import type { Settings } from '../options.ts';
import type { UploadContent } from '../protocol.ts';
import type { TokenSource } from '../token-source.ts';
import { wait } from '../wait.ts';
import { addresses, type KnownRoute } from './addresses.ts';
import type { AnswerOf, CallInput, CallOptions } from './call-types.ts';
import { findFilesProblem } from './message-files.ts';
import { readAnswer } from './read-answer.ts';
import { chooseRetryMs } from './retries.ts';

export type Call = <Name extends KnownRoute>(
  name: Name,
  input?: CallInput<Name>,
  options?: CallOptions,
) => Promise<AnswerOf<Name>>;

type Request = {
  url: URL;
  method: string;
  body: string | UploadContent | FormData | undefined;
  headers: Record<string, string>;
};

export function makeCall(settings: Settings, tokens: TokenSource): Call {
  return async (name, input = {}, options = {}) => {
    const { method, path, isKeyed } = addresses[name] as { method: string; path: string; isKeyed?: true };
    const tooMuch = findFilesProblem(options.files ?? []);
    if (tooMuch) throw tooMuch;
    const key = isKeyed && (options.idempotencyKey ?? makeId());
    const request: Request = {
      url: urlOf(settings.baseUrl, path, input),
      method: method.toUpperCase(),
      body: writeBody(input.body, options.files),
      headers: { ...headersOf(settings, input.body, options.files), ...(key && { 'Idempotency-Key': key }) },
    };
    const isRepeatable = key !== undefined || method === 'get' || method === 'patch';
    const answer = await askUntilDone(request, isRepeatable, { settings, tokens, ...options });
    return answer as AnswerOf<typeof name>; // The engine checks what it answers against the same declaration.
  };
}

function writeBody(body: unknown, files: CallOptions['files'] = []): Request['body'] {
  if (files.length === 0) return isBytes(body) || body === undefined ? body : JSON.stringify(body);
  const form = new FormData();
  form.append('json', JSON.stringify(body ?? {}));
  for (const file of files) form.append('files', file, file.name);
  return form;
}

const isBytes = (body: unknown): body is UploadContent =>
  body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body);

/** A parameter is part of a path, whatever it holds. */
export function urlOf(baseUrl: URL, path: string, { parameters = {}, query }: CallInput<KnownRoute>): URL {
  const filled = path.slice(1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
  const url = new URL(filled, baseUrl);
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

export const headersOf = (
  { userId, internalKey }: Pick<Settings, 'userId' | 'internalKey'>,
  body: unknown,
  files: CallOptions['files'] = [],
): Record<string, string> => ({
  Accept: 'application/json',
  // That of a form names its boundary, which fetch makes.
  ...(body !== undefined &&
    files.length === 0 && { 'Content-Type': isBytes(body) ? 'application/octet-stream' : 'application/json' }),
  ...(userId !== undefined && { 'X-User-ID': encodeURIComponent(userId) }),
  ...(internalKey !== undefined && { 'X-Internal-Key': internalKey }),
});

/** How many times as long as another request an upload may take. */
const uploadPatience = 2;

type Asking = CallOptions & { settings: Settings; tokens: TokenSource };

async function askUntilDone(request: Request, isRepeatable: boolean, asking: Asking): Promise<unknown> {
  const { settings, tokens, signal, onRetry } = asking;
  let hasRenewed = false;
  for (let attempts = 1; ; attempts++) {
    let token: string | undefined;
    try {
      token = await tokens.read();
      return await askOnce(request, token, asking);
    } catch (error) {
      if (signal?.aborted || !(error instanceof LucidError)) throw error;
      if (error.code === 'notAuthenticated' && !hasRenewed && tokens.refuse(token)) {
        hasRenewed = true;
        continue;
      }
      const delayMs = chooseRetryMs({ error, isRepeatable, attempts }, settings.bounds, settings.random);
      if (delayMs === undefined) throw withKey(error, request.headers['Idempotency-Key']);
      onRetry?.(error);
      await wait(delayMs, signal);
    }
  }
}

async function askOnce(request: Request, token: string | undefined, { settings, signal }: Asking): Promise<unknown> {
  const { url, headers, method, body } = request;
  const isUpload = isBytes(body) || body instanceof FormData;
  const requestTimeoutMs = settings.bounds.requestTimeoutMs * (isUpload ? uploadPatience : 1);
  const ending = new AbortController();
  const endByCaller = () => ending.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', endByCaller, { once: true });
  const timer = setTimeout(() => ending.abort(), requestTimeoutMs);
  try {
    const answer = await settings.fetch(url, {
      method,
      headers: token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` },
      signal: ending.signal,
      redirect: 'manual',
      ...(body !== undefined && { body }),
    });
    return await readAnswer(answer);
  } catch (error) {
    if (error instanceof LucidError || signal?.aborted) throw error;
    if (ending.signal.aborted)
      throw new LucidError('timedOut', `${url.origin} did not answer within ${requestTimeoutMs / 1_000} s.`);
    throw new LucidError('networkFailed', describeFailure(url, settings, error), { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', endByCaller);
  }
}

/** A page isn't told whether there was no answer, or one that it may not read. */
function describeFailure({ origin }: URL, { pageOrigin }: Settings, error: unknown): string {
  const sentence = `${origin} can't be reached: ${describeThrown(error)}`;
  if (pageOrigin === undefined || pageOrigin === origin) return sentence;
  return `${sentence}. If it runs, it may not let in pages of ${pageOrigin}: then add that to its ALLOWED_ORIGINS.`;
}

/** Whoever tries again later does so under the same key. */
function withKey(error: LucidError, idempotencyKey: string | undefined): LucidError {
  if (idempotencyKey === undefined) return error;
  const { code, message, retryable, retryAfterMs, status, errors, cause } = error;
  return new LucidError(code, message, { retryable, retryAfterMs, status, errors, cause, idempotencyKey });
}
