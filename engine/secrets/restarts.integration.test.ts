// A caller's key and git token after the engine's restart or a session's passivation: used again, or reported as gone.
import assert from 'node:assert/strict';
import { providerNames } from '../../actors/models/providers/registry.ts';
import { requestKeyOf } from '../../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { gitToken, places, shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import type { Frame, TestClient } from '../testing/client.ts';
import { waitUntil } from '../testing/rest.ts';

const sealing = { ENCRYPTION_KEY: 'a key for sealing that is long enough for anybody' };
const sealed = {
  docker: shareTestAgents('docker', { environment: sealing }),
  local: shareTestAgents('local', { environment: sealing }),
};
const unsealed = shareTestAgents('local');
const sleepy = shareTestAgents('docker', { environment: { HIBERNATE_AFTER: '0' } });
const callersKey = 'sk-of-the-caller-0123456789';

async function restart(held: TestAgents, environment: Record<string, string> = {}): Promise<void> {
  await held.stop();
  await held.start({ environment });
  held.fakeProvider.requests.length = 0;
}

async function runTurn(client: TestClient, content: string): Promise<Frame> {
  const sequence = Math.max(...client.frames.map((frame) => frame.sequence ?? 0)); // `attached` counts too, before a replay.
  client.send({ type: 'message', content });
  return client.waitForStatus('completed', sequence);
}

const push = (branch: string) =>
  callsOf('anthropic').shell(
    `cd /workspace/repo 2>/dev/null || cd repo; git checkout -q -b ${branch} && echo ${branch} > new && git add new && git commit -q -m New && git push -q origin ${branch}`,
  );

for (const place of places)
  testIn[place](`${place}: with ENCRYPTION_KEY a session has its key and its git token after a restart`, async () => {
    const held = await sealed[place]();
    const { fakeProvider, git } = held;
    git.addRepository('ada/kept');
    const given = { apiKey: callersKey, gitToken, repoUrl: git.urlOf('ada/kept') };
    const client = await held.startClient('Push one.', given);
    fakeProvider.plan('anthropic', answer({ calls: [push('one')] }));
    await client.waitForStatus('completed');
    await restart(held, sealing);
    git.reset();

    const again = await held.attachClient(client.sessionId);
    fakeProvider.plan('anthropic', answer({ calls: [push('two')] }));
    assert.equal((await runTurn(again, 'Push another.')).reason, 'finished');
    assert.deepEqual(new Set(fakeProvider.answerRequests.map(requestKeyOf)), new Set([callersKey]));
    assert.equal(git.runGit('ada/kept', 'log', '-1', '--format=%s', 'two'), 'New\n');
    again.send({ type: 'stop' });
    await again.closed;
  });

testIn.local('with another ENCRYPTION_KEY the turn says that it does not open the stored key', async () => {
  const held = await sealed.local();
  const client = await held.startClient('Begin.', { apiKey: callersKey });
  await client.waitForStatus('completed');
  await restart(held, { ENCRYPTION_KEY: 'another key for sealing that is long enough' });
  const again = await held.attachClient(client.sessionId);
  const { reason, message } = await runTurn(again, 'Go on.');
  assert.equal(reason, 'failed');
  assert.match(
    message ?? '',
    /The API key of this session is stored, but the engine's ENCRYPTION_KEY does not open it/,
  );
});

for (const name of providerNames)
  testIn.local(
    `${name}: without ENCRYPTION_KEY the turn says that the key is gone, and its owner brings it again`,
    async () => {
      const held = await unsealed();
      const { fakeProvider } = held;
      const client = await held.startClient('Begin.', { apiKey: callersKey, modelProvider: name });
      await client.waitForStatus('completed');
      await restart(held);

      const again = await held.attachClient(client.sessionId);
      const { reason, message } = await runTurn(again, 'Go on without.');
      assert.equal(reason, 'failed');
      assert.match(message ?? '', /was in memory only and is gone; attach to the session with it again/);
      assert.equal(fakeProvider.answerRequests.length, 0);

      const mended = await held.attachClient(client.sessionId, { api_key: callersKey });
      assert.equal((await runTurn(mended, 'Go on with it.')).reason, 'finished');
      assert.deepEqual(fakeProvider.answerRequests.map(requestKeyOf), [callersKey]);
      assert.match(JSON.stringify(fakeProvider.answerRequests[0]?.body), /Begin\..*Go on without\..*Go on with it\./s);
    },
  );

testIn.docker(
  'a passivated session has its key and its git token when it is activated, without ENCRYPTION_KEY',
  async () => {
    const held = await sleepy();
    const { fakeProvider, git, docker } = held;
    git.addRepository('ada/sleeper');
    const client = await held.startClient('Sleep.', {
      apiKey: callersKey,
      gitToken,
      repoUrl: git.urlOf('ada/sleeper'),
    });
    await client.waitForStatus('completed');
    await waitUntil(async () => (await docker?.isPaused(client.sessionId)) === true);
    fakeProvider.requests.length = 0;
    fakeProvider.plan('anthropic', answer({ calls: [push('awake')] }));
    assert.equal((await runTurn(client, 'Wake up.')).reason, 'finished');
    assert.deepEqual(new Set(fakeProvider.answerRequests.map(requestKeyOf)), new Set([callersKey]));
    assert.equal(git.runGit('ada/sleeper', 'log', '-1', '--format=%s', 'awake'), 'New\n');
  },
);
