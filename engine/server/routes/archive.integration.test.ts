// A user takes the workspace of a session away as a tar.gz, or the patch of its changes; nobody else does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { TestClient } from '../../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Problem = { code: string; detail: string };

const source = '# Written by the mock agent.\nprint("Hello from Lucid!")\n';

let engine: TestEngine;
let client: TestClient;
const folder = mkdtempSync('/tmp/lucid-archive-');
before(async () => {
  engine = await startTestEngine();
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
});
after(async () => {
  rmSync(folder, { recursive: true });
  await engine?.close();
});

const download = (query = '', user = 'ada', sessionId = client.sessionId, method = 'GET') =>
  fetch(`${engine.http}/api/v1/sessions/${sessionId}/archive${query}`, { method, headers: backEndHeadersOf(user) });

const bytesOf = async (query = '') => Buffer.from(await (await download(query)).arrayBuffer());

test('the workspace comes as a tar.gz that is named for its chat', async () => {
  const answer = await download();
  assert.deepEqual(
    [answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')],
    [200, 'application/gzip', "attachment; filename*=UTF-8''Write-hello-world.tar.gz"],
  );
  const archive = Buffer.from(await answer.arrayBuffer());
  assert.equal(execFileSync('tar', ['-tz'], { input: archive }).toString(), 'project/\nproject/hello.py\n');
  execFileSync('tar', ['-xz', '-C', folder], { input: archive });
  assert.equal(readFileSync(`${folder}/project/hello.py`, 'utf8'), source);
});

test('the patch of the changes makes the same files again', async () => {
  execFileSync('tar', ['-xz', '-C', folder], { input: await bytesOf('?of=changes') });
  rmSync(`${folder}/project`, { recursive: true, force: true });
  execFileSync('git', ['apply', 'changes.patch'], { cwd: folder });
  assert.equal(readFileSync(`${folder}/project/hello.py`, 'utf8'), source);
});

test('a file of some megabytes comes whole, whoever is slow to read it', async () => {
  const content = randomBytes(700_000);
  for (const name of ['one', 'two', 'three'])
    await callAs(engine, 'ada', 'POST', '/api/v1/files/write', {
      session_id: client.sessionId,
      path: name,
      content: content.toString('base64'),
      encoding: 'base64',
    });
  const reader = (await download()).body?.getReader();
  assert.ok(reader);
  const chunks: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const three = execFileSync('tar', ['-xzO', 'three'], { input: Buffer.concat(chunks), maxBuffer: 1e7 });
  assert.ok(three.equals(content));
});

test('HEAD gets the headers alone', async () => {
  const answer = await download('', 'ada', client.sessionId, 'HEAD');
  assert.deepEqual([answer.status, (await answer.arrayBuffer()).byteLength], [200, 0]);
});

test("another user's session gets 403, an unknown one 404, and another kind of archive 422", async () => {
  for (const [query, user, sessionId, status, code] of [
    ['', 'eve', client.sessionId, 403, 'notYours'],
    ['?of=changes', 'eve', client.sessionId, 403, 'notYours'],
    ['', 'ada', 'no-such-session', 404, 'noSuchSession'],
    ['?of=everything', 'ada', client.sessionId, 422, 'invalid'],
  ] as const) {
    const answer = await download(query, user, sessionId);
    assert.deepEqual([answer.status, ((await answer.json()) as Problem).code], [status, code]);
  }
});
