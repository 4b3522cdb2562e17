// A user sees what the agent has changed, as a list and file by file; nobody else does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callsOf } from '../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { gitToken, places, shareTestAgents, testIn } from '../../testing/agents.ts';
import { TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Problem = { code: string; status: number; detail: string };

const change = { path: '/workspace/project/hello.py', kind: 'added', added: 2, removed: 0 };

let engine: TestEngine;
let client: TestClient;
before(async () => {
  engine = await startTestEngine();
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
});
after(() => engine?.close());

const get = <Body>(path: string, user = 'ada', sessionId = client.sessionId) =>
  callAs<Body>(engine, user, 'GET', `/api/v1/sessions/${sessionId}/changes${path}`);

test('a user lists what the agent has changed, and reads the diff of each file', async () => {
  const listed = await get('');
  assert.deepEqual([listed.status, listed.body], [200, { base: null, changes: [change] }]);
  for (const path of [change.path, 'project/hello.py', encodeURIComponent(change.path)]) {
    const { status, body } = await get<{ diff: string }>(`/diff?path=${path}`);
    assert.equal(status, 200);
    const { diff, ...rest } = body;
    assert.deepEqual(rest, change);
    assert.match(diff, /@@ -0,0 \+1,2 @@\n\+# Written by the mock agent.\n\+print\("Hello from Lucid!"\)\n$/);
  }
});

test('a file that has not changed gets 404, a path outside of the workspace 400, and none at all 422', async () => {
  const refusals = [
    ['?path=project/missing.py', 404, 'noSuchFile'],
    ['?path=project', 404, 'noSuchFile'],
    ['?path=/etc/passwd', 400, 'badPath'],
    ['?path=%2e%2e%2fetc', 400, 'badPath'],
    ['?path=', 422, 'invalid'],
    ['', 422, 'invalid'],
  ] as const;
  for (const [query, status, code] of refusals) {
    const { body, ...answer } = await get<Problem>(`/diff${query}`);
    assert.deepEqual([answer.status, body.code], [status, code], query);
  }
});

test('a session that waits for its client has changed nothing', async () => {
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'later' });
  assert.deepEqual((await get('', 'ada', body.sessionId)).body, { base: null, changes: [] });
});

test("another user's session gets 403, and an unknown or ended one 404", async () => {
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'ended' });
  await callAs(engine, 'ada', 'DELETE', `/api/v1/sessions/${body.sessionId}`);
  for (const [user, sessionId, status, code] of [
    ['eve', client.sessionId, 403, 'notYours'],
    ['ada', 'no-such-session', 404, 'noSuchSession'],
    ['ada', body.sessionId, 404, 'noSuchSession'],
  ] as const)
    for (const path of ['', '/diff?path=project/hello.py']) {
      const answer = await get<Problem>(path, user, sessionId);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
    }
});

const agentsIn = { docker: shareTestAgents('docker'), local: shareTestAgents('local') };

for (const place of places)
  testIn[place](
    `in ${place}, the cloned commit is still known after the agent has pushed and the engine is another`,
    async () => {
      const agents = await agentsIn[place]();
      agents.git.addRepository('ada/app', { kept: 'kept\n', changed: 'old\n' });
      const cloned = agents.git.runGit('ada/app', 'rev-parse', 'HEAD').trim();
      const { shell, finish } = callsOf('anthropic');
      const work = 'echo new >changed && git add . && git commit -qm "Change it" && git push -q origin HEAD';
      agents.fakeProvider.plan('anthropic', answer({ calls: [shell(work)] }), answer({ calls: [finish('Done.')] }));
      const repoUrl = agents.git.urlOf('ada/app');
      const worked = await agents.startClient('Change it', { repoUrl, gitToken, modelProvider: 'anthropic' });
      await worked.waitForStatus('completed');
      await agents.stop();
      await agents.start();
      const path = `/api/v1/sessions/${worked.sessionId}/changes`;
      const { body } = await callAs(agents.engine, 'ada', 'GET', path);
      const changed = { path: '/workspace/repo/changed', kind: 'modified', added: 1, removed: 1 };
      assert.deepEqual(body, { base: cloned, changes: [changed] });
      await callAs(agents.engine, 'ada', 'DELETE', `/api/v1/sessions/${worked.sessionId}`);
    },
  );
