// A repository's setup through a whole session: run once, kept for the next one, and whatever becomes of it, the work begins.
import assert from 'node:assert/strict';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { gitToken, shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import type { TestClient } from '../testing/client.ts';

const openAgents = shareTestAgents('docker');
const { shell } = callsOf('anthropic');

const contentsOf = ({ events }: TestClient, type: string) =>
  events.filter(({ eventType }) => eventType === type).map(({ content = '' }) => content);

/** Starts a session in a repository, in which the agent runs one command. */
function start(agents: TestAgents, repository: string, command: string): Promise<TestClient> {
  agents.fakeProvider.plan('anthropic', answer({ calls: [shell(command)] }));
  const repoUrl = agents.git.urlOf(repository);
  return agents.startClient('Look at it.', { repoUrl, gitToken, modelProvider: 'anthropic' });
}

async function stop(client: TestClient): Promise<void> {
  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
}

testIn.docker('a setup is run in the first session, and its outcome is in the next one at once', async () => {
  const agents = await openAgents();
  const script = 'echo installing; mkdir -p node_modules; echo made >node_modules/a; echo ran >>~/runs\n';
  agents.git.addRepository('ada/warm', { '.lucid/setup.sh': script, '.gitignore': 'node_modules\n' });
  const look = 'cat node_modules/a ~/runs; git status --short';
  for (const told of [
    /was run in \d+ s\.\nIt printed:\ninstalling$/,
    /was taken from a snapshot; it was not run again\.$/,
  ]) {
    const client = await start(agents, 'ada/warm', look);
    assert.equal((await client.waitForStatus('completed')).reason, 'finished');
    assert.match(contentsOf(client, 'WorkspaceSetup').at(-1) ?? '', told);
    assert.deepEqual(contentsOf(client, 'CmdOutputObservation'), ['made\nran\n']);
    await stop(client);
  }
});

testIn.docker(
  'after a setup that fails the agent works, has read how it failed, and the next session runs it again',
  async () => {
    const agents = await openAgents();
    agents.git.addRepository('ada/failing', { '.lucid/setup.sh': 'echo no such package; exit 4\n' });
    for (let session = 0; session < 2; session++) {
      const client = await start(agents, 'ada/failing', 'echo works');
      assert.equal((await client.waitForStatus('completed')).reason, 'finished');
      const said = contentsOf(client, 'WorkspaceSetup').at(-1) ?? '';
      assert.match(said, /failed after \d+ s, with exit code 4\.\nIt printed:\nno such package$/);
      assert.deepEqual(contentsOf(client, 'CmdOutputObservation'), ['works\n']);
      assert.match(JSON.stringify(agents.fakeProvider.answerRequests.at(-1)?.body), /exit code 4.*no such package/);
      await stop(client);
    }
  },
);

testIn.docker('a setup that never ends is cut by an interrupt, and the session goes on', async () => {
  const agents = await openAgents();
  agents.git.addRepository('ada/endless', { '.lucid/setup.sh': 'echo begun; sleep 86400\n' });
  const client = await start(agents, 'ada/endless', 'pgrep -fc "sleep 86400" || echo gone');
  await client.waitFor('the setup', ({ eventType }) => eventType === 'WorkspaceSetup');
  client.send({ type: 'interrupt', id: 'i-1' });
  const isCut = ({ eventType, content = '' }: { eventType?: string; content?: string }) =>
    eventType === 'WorkspaceSetup' && /was interrupted before it was done\./.test(content);
  const { sequence = 0 } = await client.waitFor('its end', isCut);
  client.send({ type: 'message', content: 'Go on.' });
  await client.waitFor('an answer', ({ eventType }) => eventType === 'CmdOutputObservation', sequence);
  await client.waitForStatus('completed', sequence);
  assert.match(contentsOf(client, 'CmdOutputObservation')[0] ?? '', /gone\n$/);
  await stop(client);
});
