// Tokens that expire, clocks that are wrong, and tokens that nobody believes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { signTestToken, startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import { CuttingProxy } from '../testing/cutting-proxy.ts';
import {
  assertEachOnce,
  gather,
  isCompleted,
  makeTestClient,
  waitForEvent,
  waitForState,
} from '../testing/followed.ts';

let engine: TestEngine;
let proxy: CuttingProxy;
before(async () => {
  engine = await startTestEngine({ environment: { JWT_LEEWAY: '0' } });
  proxy = await CuttingProxy.start(engine.port);
});
after(async () => {
  await proxy?.stop();
  await engine?.close();
});

async function makeSession(): Promise<string> {
  const { sessionId } = await makeTestClient(engine.http).sessions.create({
    task: 'Write hello world',
    autoStart: true,
  });
  return sessionId;
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

test('a token that expires in mid-stream is replaced, and the session goes on', async (t) => {
  let asked = 0;
  const expiresAtSeconds = inSeconds(8);
  const lucid = makeTestClient(proxy.url, {
    token: () => signTestToken('ada', ++asked === 1 ? { exp: expiresAtSeconds } : {}),
  });
  const session = await lucid.open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events, errors } = gather(session);
  await waitForEvent(session, isCompleted);
  while (Date.now() <= expiresAtSeconds * 1_000) await delay(50);
  proxy.cutAll();
  await session.send('Still me');
  assertEachOnce(events);
  assert.equal(asked, 2);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['connectionLost'],
  ); // Of the token nobody has to know.
});

test('a token that expires between two calls is replaced, and the call is made again', async () => {
  let asked = 0;
  const lucid = makeTestClient(engine.http, {
    token: () => signTestToken('ada', ++asked === 1 ? { exp: inSeconds(-5) } : {}),
  });
  assert.ok((await lucid.chats.list({ limit: 1 })).chats.length <= 1);
  assert.equal(asked, 2);
});

test('a token of a clock that goes fast is told in a sentence, and the session goes on once it is right', async (t) => {
  let asked = 0;
  const id = await makeSession();
  const lucid = makeTestClient(engine.http, {
    token: () => signTestToken('ada', ++asked <= 3 ? { iat: inSeconds(3_600) } : {}),
  });
  const session = lucid.attach(id);
  t.after(() => session.detach());
  const { errors } = gather(session);
  await waitForState(session, 'connection', 'open');
  assert.deepEqual([...new Set(errors.map(({ message }) => message))], ['The token is of the future.']);
  assert.equal(asked, 4);
});

test('a token that nobody believes ends the session with the reason', async () => {
  const id = await makeSession();
  const wrong = await signTestToken('ada', {}, 'another secret that is long enough for anybody');
  for (const token of [wrong, async () => wrong]) {
    const session = makeTestClient(engine.http, { token, bounds: { tokenRefusalsMax: 2 } }).attach(id);
    await assert.rejects(
      async () => {
        for await (const event of session) assert.fail(event.type);
      },
      { code: 'notAuthenticated', message: 'The token is not valid.' },
    );
    assert.deepEqual(session.state.getSnapshot().problem, {
      code: 'notAuthenticated',
      message: 'The token is not valid.',
    });
  }
});

test('a sign-in that is away for a moment is waited for', async (t) => {
  const id = await makeSession();
  let asked = 0;
  const token = () => {
    if (++asked <= 2) throw new Error('503');
    return signTestToken('ada');
  };
  const session = makeTestClient(engine.http, { token }).attach(id);
  t.after(() => session.detach());
  const { errors } = gather(session);
  await waitForEvent(session, isCompleted);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['noToken', 'noToken'],
  );
});
