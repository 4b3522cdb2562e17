// REST calls of a back end for tests, and waiting for what an answer will say in the end.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { backEndHeadersOf, type TestEngine } from './engine.ts';

const triesMax = 500;
const pauseMs = 20;

/** Calls for a user; the body, where there is one, goes as JSON. */
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

/** Asks again until it is so. */
export async function waitUntil(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let asked = 0; !(await isSo()); asked++) {
    assert.ok(asked < triesMax, `never ${isSo}`);
    await delay(pauseMs);
  }
}
