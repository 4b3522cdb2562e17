// A user gets the tree of a live session's workspace and its files over REST; nothing outside of it, and nobody else's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Problem = { code: string; status: number; detail: string };

const source = '# Written by the mock agent.\nprint("Hello from Lucid!")\n';
const file = '/workspace/project/hello.py';
const tree = [
  {
    name: 'project',
    type: 'folder',
    path: '/workspace/project',
    children: [{ name: 'hello.py', type: 'file', path: file }],
  },
];

let engine: TestEngine;
let client: TestClient;
before(async () => {
  engine = await startTestEngine();
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
});
after(() => engine?.close());

const call = <Body>(user: string, method: string, path: string, body?: unknown) =>
  callAs<Body>(engine, user, method, path, body);

const list = <Body>(user: string, sessionId: string) =>
  call<Body>(user, 'GET', `/api/v1/files/list?session_id=${sessionId}`);

/** @param path as the URL has it */
const read = <Body>(user: string, sessionId: string, path: string) =>
  call<Body>(user, 'GET', `/api/v1/files/read?session_id=${sessionId}&path=${path}`);

test('a user lists the agent’s files as a tree and reads each', async () => {
  const listed = await list('ada', client.sessionId);
  assert.equal(listed.status, 200);
  assert.deepEqual(listed.body, { tree });
  for (const path of [file, 'project/hello.py', '/workspace/./project//hello.py', encodeURIComponent(file)]) {
    const answer = await read('ada', client.sessionId, path);
    assert.equal(answer.status, 200, path);
    assert.deepEqual(answer.body, { content: source });
  }
});

test('clients get the new tree over WebSocket after a step that changed files', async () => {
  const frame = await client.waitFor('tree', ({ type, tree }) => type === 'file_tree' && (tree as []).length > 0);
  assert.equal(frame.sessionId, client.sessionId);
  assert.equal(frame.sequence, undefined);
});

test('a session that waits for its client has an empty workspace', async () => {
  const { body } = await call<{ sessionId: string }>('ada', 'POST', '/api/v1/sessions', { task: 'later' });
  const listed = await list('ada', body.sessionId);
  assert.deepEqual([listed.status, listed.body], [200, { tree: [] }]);
});

test("a user gets 403 for another user's files, and 404 for an unknown or stopped session", async () => {
  const { body } = await call<{ sessionId: string }>('ada', 'POST', '/api/v1/sessions', { task: 'soon stopped' });
  await call('ada', 'DELETE', `/api/v1/sessions/${body.sessionId}`);
  const refusals = [
    ['eve', client.sessionId, 403, 'notYours'],
    ['ada', 'no-such-session', 404, 'noSuchSession'],
    ['ada', '%00', 404, 'noSuchSession'],
    ['ada', body.sessionId, 404, 'noSuchSession'],
  ] as const;
  for (const [user, sessionId, status, code] of refusals) {
    const listed = await list<Problem>(user, sessionId);
    assert.deepEqual([listed.status, listed.body.code], [status, code]);
    const opened = await read<Problem>(user, sessionId, file);
    assert.deepEqual([opened.status, opened.body.code], [status, code]);
  }
});

test('a path that leaves the workspace gets 400, however it is written', async () => {
  const paths = [
    '../etc/passwd',
    '..',
    '/workspace/../etc/passwd',
    '/workspace/project/../../etc/passwd',
    '%2e%2e%2fetc%2fpasswd',
    '/workspace/%2e%2e/etc/passwd',
    '..%2f..%2f..%2fetc/passwd',
    '/etc/passwd',
    '/workspacex/hello.py',
    '~/hello.py',
    '//etc/passwd',
    'hello%00.py',
    '%00',
    `${file}%00.txt`,
  ];
  for (const path of paths) {
    const answer = await read<Problem>('ada', client.sessionId, path);
    assert.deepEqual([answer.status, answer.body.code], [400, 'badPath'], path);
    assert.equal(typeof answer.body.detail, 'string');
  }
});

test('a path with `..` that stays in the workspace gets its file', async () => {
  const answer = await read('ada', client.sessionId, 'project/../project/hello.py');
  assert.deepEqual([answer.status, answer.body], [200, { content: source }]);
});

test('a path that only looks as if it left the workspace gets 404', async () => {
  const names = ['%252e%252e%252fetc%252fpasswd', '..%255c..%255cetc', '%e2%80%a5/etc/passwd', '.../hello.py'];
  for (const name of [...names, '/workspace/project/missing.py', 'hello.py']) {
    const answer = await read<Problem>('ada', client.sessionId, name);
    assert.deepEqual([answer.status, answer.body.code], [404, 'noSuchFile'], name);
  }
});

test('a folder gets 422, a missing parameter 422 with its name, and a path that is too long 431', async () => {
  for (const folder of ['/workspace', '/workspace/project', 'project/', '.']) {
    const answer = await read<Problem>('ada', client.sessionId, folder);
    assert.deepEqual([answer.status, answer.body.code], [422, 'notAFile'], folder);
  }
  for (const [query, missing] of [
    ['/list', 'session_id'],
    ['/list?session_id=', 'session_id'],
    [`/read?path=${file}`, 'session_id'],
    [`/read?session_id=${client.sessionId}`, 'path'],
    [`/read?session_id=${client.sessionId}&path=`, 'path'],
  ] as const) {
    const answer = await call<Problem>('ada', 'GET', `/api/v1/files${query}`);
    assert.deepEqual([answer.status, answer.body.code], [422, 'invalid'], query);
    assert.match(answer.body.detail, new RegExp(`^${missing}: `));
  }
  const long = await read<Problem>('ada', client.sessionId, 'a/'.repeat(1_500));
  assert.deepEqual([long.status, long.body.code], [404, 'noSuchFile']);
  const endless = await read<Problem>('ada', client.sessionId, 'a'.repeat(5_000));
  assert.deepEqual([endless.status, endless.body.code], [431, 'headersTooLarge']);
});
