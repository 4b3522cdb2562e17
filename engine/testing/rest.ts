// REST calls of a back end for tests, and waiting until something is so.
import { waitUntil } from '../../sandbox/testing/wait-until.ts';
import { backEndHeadersOf, type TestEngine } from './engine.ts';

export { waitUntil, waitUntilHolds } from '../../sandbox/testing/wait-until.ts';

/** The body is sent as JSON. */
export async function callAs<Body>(
  engine: Pick<TestEngine, 'http'>,
  user: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`${engine.http}${path}`, {
    method,
    headers: { ...backEndHeadersOf(user), 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
}

/** Until no session is in the engine's memory. */
export const waitUntilPassivated = ({ http }: Pick<TestEngine, 'http'>): Promise<void> =>
  waitUntil(async () => {
    const text = await (await fetch(`${http}/metrics`)).text();
    return [...text.matchAll(/^lucid_sessions\{.*\} (\d+)$/gm)].every(([, count]) => Number(count) === 0);
  });
