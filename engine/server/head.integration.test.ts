// HEAD gets what GET gets but the body.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { backEndHeadersOf, startTestEngine, type TestEngine } from '../testing/engine.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

const kept = ['content-type', 'content-length', 'cache-control', 'www-authenticate'];

async function ask(method: string, path: string, headers: Record<string, string>) {
  const answer = await fetch(engine.http + path, { method, headers });
  const text = await answer.text();
  return { status: answer.status, text, headers: kept.map((name) => answer.headers.get(name)) };
}

test('HEAD on every route that has GET answers as GET does, with its length and without its body', async () => {
  const paths = ['/', '/health', '/ready', '/openapi.json', '/api/v1/sessions', '/api/v1/chats'];
  const failing = ['/api/v1/chats/none', '/api/v1/files/list', '/api/v1/files/read?session_id=none&path=x'];
  for (const path of [...paths, ...failing]) {
    const headers = backEndHeadersOf('ada');
    const [head, get] = [await ask('HEAD', path, headers), await ask('GET', path, headers)];
    assert.equal(head.text, '', path);
    assert.equal(head.status, get.status, path);
    if (path === '/health') assert.deepEqual(head.headers.slice(0, 2), get.headers.slice(0, 2));
    else if (path !== '/') assert.deepEqual(head.headers, get.headers, path);
  }
  assert.equal((await ask('HEAD', '/metrics', {})).status, 200);
});

test('HEAD without credentials gets 401, and 405 where there is no GET', async () => {
  assert.equal((await ask('HEAD', '/api/v1/sessions', {})).status, 401);
  const answer = await fetch(`${engine.http}/api/v1/sessions/x/messages`, { method: 'HEAD' });
  assert.equal(answer.status, 405);
  const allowed = await fetch(`${engine.http}/ready`, { method: 'PUT' });
  assert.equal(allowed.headers.get('allow'), 'GET, HEAD');
});
