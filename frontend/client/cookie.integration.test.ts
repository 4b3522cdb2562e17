// A page of the engine's own origin calls and follows by the browser's cookie, and needs no token.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { developmentEnvironment, TestBrowser } from '../../engine/testing/sign-in.ts';
import { createClient, LucidError } from './index.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ environment: developmentEnvironment });
});
after(() => engine?.close());

/** A client whose requests and sockets are those of a page in this browser. */
const clientOf = (browser: TestBrowser) =>
  createClient({
    baseUrl: engine.http,
    cookie: true,
    fetch: async (url, options) => {
      const headers = { ...(options?.headers as Record<string, string>), ...browser.headers };
      const answer = await fetch(url, { ...options, headers });
      browser.keep(answer.headers.getSetCookie());
      return answer;
    },
    WebSocket: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: browser.headers });
      }
    },
  });

test('who signs in calls and follows by the cookie, with no token', async () => {
  const lucid = clientOf(new TestBrowser(engine));
  assert.equal((await lucid.signIn.read()).user, null);
  assert.equal((await lucid.signIn.begin({ name: 'ada' })).user?.id, 'ada');
  const session = await lucid.open({ task: 'Write hello world' });
  for await (const event of session) if (event.type === 'status' && event.status === 'completed') break;
  assert.equal((await lucid.sessions.list()).sessions.length, 1);
  session.detach();
});

test('a session that is followed by the cookie fails when it is signed out, and says so', async () => {
  const lucid = clientOf(new TestBrowser(engine));
  await lucid.signIn.begin({ name: 'grace' });
  const session = await lucid.open({ task: 'Write hello world' });
  const failed = new Promise<LucidError>((resolve) => session.on('error', resolve));
  for await (const event of session) if (event.type === 'status' && event.status === 'completed') break;
  assert.deepEqual(await lucid.signIn.end(), { signOutUrl: null });
  assert.equal((await failed).code, 'notAuthenticated');
  assert.equal(session.state.connection, 'failed');
  await assert.rejects(lucid.sessions.list(), (error) => error instanceof LucidError && error.status === 401);
});
