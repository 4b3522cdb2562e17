// Headers that decide who calls and what is done are believed only as they were sent, once, and whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine, testInternalKey } from '../testing/engine.ts';
import { sendRawRequest } from '../testing/raw-http.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

type Header = [name: string, value: string | Buffer];
type Answer = { status: number; body: { code?: string; sessionId?: string; sessions?: { userId: string }[] } };

const key: Header = ['X-Internal-Key', testInternalKey];

async function ask(headers: readonly Header[], method = 'GET', path = '/api/v1/sessions'): Promise<Answer> {
  const body = method === 'POST' ? '{"task":"x"}' : '';
  const length: Header[] = method === 'POST' ? [['Content-Length', String(body.length)]] : [];
  const lines = [['Host', 'localhost'] as Header, ...headers, ...length].map(([name, value]) =>
    Buffer.concat([Buffer.from(`${name}: `), Buffer.from(value as string), Buffer.from('\r\n')]),
  );
  const request = Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n`), ...lines, Buffer.from(`\r\n${body}`)]);
  const { status, body: text } = await sendRawRequest({ host: '127.0.0.1', port: engine.port }, request);
  return { status, body: JSON.parse(text) as Answer['body'] };
}

/** @returns the user whom a back end is believed to call for, or the status of its refusal */
async function callerOf(user: string | Buffer): Promise<string | number> {
  const made = await ask([['X-User-ID', user], key], 'POST');
  if (made.status !== 200) return made.status;
  const listed = await ask([['X-User-ID', user], key]);
  return listed.body.sessions?.[0]?.userId ?? 'nobody';
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');

test('a user id that is not ASCII is taken percent-encoded, and refused as raw bytes wherever they stand', async () => {
  assert.equal(await callerOf('jos'), 'jos');
  assert.equal(await callerOf('jos%C3%A9'), 'josé');
  assert.equal(await callerOf('%E6%9D%8E'), '李');
  assert.equal(await callerOf('100%25'), '100%');
  assert.equal(await callerOf('ada+b@example.com|x'), 'ada+b@example.com|x');
  assert.equal(await callerOf('李'), 400);
  for (const user of ['josé', 'éjos', 'joséjos', '\u00a0jos', 'jos\u00a0'])
    for (const sent of [Buffer.from(user), latin1(user)]) assert.equal(await callerOf(sent), 400, user);
  for (const last of [0x7f, 0x80, 0x85, 0xa0, 0xff]) {
    const more = Buffer.from([last]);
    assert.equal(await callerOf(Buffer.concat([Buffer.from('jos'), more])), 400, `jos and ${last}`);
    assert.equal(await callerOf(Buffer.concat([more, Buffer.from('jos')])), 400, `${last} and jos`);
  }
});

test('a percent-encoded user id that is no text is refused', async () => {
  for (const user of ['jos%', 'jos%C3', '%ff', '%ED%A0%80', '%zz']) assert.equal(await callerOf(user), 400, user);
  for (const user of ['jos%00', '%20', `%C3%A9${'x'.repeat(255)}`]) assert.equal(await callerOf(user), 401, user);
});

test('an internal key with more bytes around it is refused', async () => {
  for (const more of [Buffer.from('é'), latin1('é'), Buffer.from([0x80])]) {
    for (const value of [
      Buffer.concat([Buffer.from(testInternalKey), more]),
      Buffer.concat([more, Buffer.from(testInternalKey)]),
    ])
      assert.equal(
        (
          await ask([
            ['X-User-ID', 'ada'],
            ['X-Internal-Key', value],
          ])
        ).status,
        401,
      );
  }
});

test('a token or an origin with more bytes around it is refused', async () => {
  const token = `Bearer ${await signTestToken('ada')}`;
  assert.equal((await ask([['Authorization', token]])).status, 200);
  assert.equal((await ask([['Authorization', `${token}é`]])).status, 401);
  const origin: Header = ['Origin', 'http://localhost:3000'];
  assert.equal((await ask([['Authorization', token], origin], 'POST')).status, 200);
  assert.equal(
    (
      await ask(
        [
          ['Authorization', token],
          [origin[0], `${origin[1]}é`],
        ],
        'POST',
      )
    ).status,
    403,
  );
});

test('an Idempotency-Key is taken as it was sent, or refused', async () => {
  const asAda: Header[] = [['X-User-ID', 'ada'], key];
  const create = async (idempotencyKey: string | Buffer) =>
    ask([...asAda, ['Idempotency-Key', idempotencyKey]], 'POST');
  const [one, again, other] = [await create('key'), await create('key'), await create('key%C3%A9')];
  assert.equal(one.status, 200);
  assert.equal(again.body.sessionId, one.body.sessionId);
  assert.notEqual(other.body.sessionId, one.body.sessionId);
  for (const value of [Buffer.from('keyé'), latin1('keyé'), latin1('ékey')])
    assert.equal((await create(value)).status, 422);
});

test('a request with such a header twice is refused, whatever the values and the case', async () => {
  const token: Header = ['Authorization', `Bearer ${await signTestToken('ada')}`];
  const user: Header = ['X-User-ID', 'ada'];
  const repeated: Header[][] = [
    [token, token],
    [token, ['authorization', `Bearer ${await signTestToken('eve')}`]],
    [user, ['x-user-id', 'eve'], key],
    [['X-User-ID', ''], user, key],
    [user, key, ['X-INTERNAL-KEY', 'wrong']],
    [user, ['X-Internal-Key', 'wrong'], key],
    [user, key, ['Origin', 'http://localhost:3000'], ['Origin', 'https://evil.example']],
    [user, key, ['Idempotency-Key', 'a'], ['Idempotency-Key', 'b']],
  ];
  for (const headers of repeated)
    for (const method of ['GET', 'POST']) {
      const { status, body } = await ask(headers, method);
      assert.deepEqual([status, body.code], [400, 'badRequest'], JSON.stringify(headers));
    }
});

test('a parameter of the query that comes twice is refused, over REST and in the URL of a socket', async () => {
  const { status } = await ask([['X-User-ID', 'ada'], key], 'GET', '/api/v1/files/list?session_id=a&session_id=b');
  assert.equal(status, 400);
  const [ada, eve] = [await signTestToken('ada'), await signTestToken('eve')];
  for (const query of [`token=${ada}&token=${eve}`, `token=${ada}&session_id=a&session_id=b`]) {
    const client = new TestClient(`${engine.ws}?${query}`);
    assert.equal(await client.closed, 4001, query);
  }
});

test('a socket whose upgrade has two Authorization headers is refused', async () => {
  const Authorization = [`Bearer ${await signTestToken('ada')}`, `Bearer ${await signTestToken('eve')}`];
  const client = new TestClient(engine.ws, { headers: { Authorization } as unknown as Record<string, string> });
  assert.equal(await client.closed, 4001);
  assert.deepEqual(
    client.frames.map(({ code, message }) => [code, message]),
    [['badRequest', 'The header authorization came more than once; it must be said once.']],
  );
});
