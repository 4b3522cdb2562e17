// REST calls of a back end for tests, and waiting until something is so.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { backEndHeadersOf, type TestEngine } from './engine.ts';

const triesMax = 500;
const pauseMs = 20;

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

export async function waitUntil(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < triesMax, `never ${isSo}`);
    await delay(pauseMs);
  }
}
