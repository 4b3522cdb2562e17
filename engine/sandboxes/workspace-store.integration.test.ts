// Workspaces come back from the store where their sandbox is lost: in a turn, while they rest, and at another engine.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer, type Step } from '../../actors/testing/provider/steps.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { type Place, places, TestAgents, testIn } from '../testing/agents.ts';
import type { TestClient } from '../testing/client.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const { shell } = callsOf('anthropic');
const folder = await mkdtemp('/tmp/lucid-workspace-store-');
after(() => rm(folder, { recursive: true, force: true }));

const storeIn = (name: string) => ({
  WORKSPACE_STORE: `file://${folder}/${name}`,
  ENCRYPTION_KEY: 'a key of a test that seals what agents leave',
  RECONNECT_GRACE: '0',
  HIBERNATE_AFTER: '0',
});

/** Agents of a place whose workspaces are kept in a folder of their own. */
async function openAgents(t: TestContext, place: Place, name: string) {
  const environment = storeIn(name);
  await mkdir(path.join(folder, name), { recursive: true });
  const agents = await TestAgents.open(place, { environment });
  t.after(() => agents.close());
  const kept = async (sessionId: string) =>
    (await readdir(path.join(folder, name, sessionId)).catch(() => [])).filter((each) => !each.includes('.unfinished'));
  const run = async (client: TestClient, content: string, ...steps: Step[]) => {
    const last = (await agents.readStored(client.sessionId)).events.at(-1)?.sequence ?? 0;
    agents.fakeProvider.plan('anthropic', ...steps);
    client.send({ type: 'message', content });
    return client.waitForStatus('completed', last);
  };
  return { agents, environment, kept, run, store: path.join(folder, name) };
}

const contents = ({ events }: TestClient, eventType: string) =>
  events.filter((frame) => frame.eventType === eventType).map(({ content = '' }) => content);

const lastOutput = (client: TestClient) => contents(client, 'CmdOutputObservation').at(-1);

const snapshotsOf = (events: readonly StoredEvent[]) =>
  events.flatMap(({ metadata }) => (metadata?.status === 'completed' ? [metadata.snapshot] : []));

/** Takes the session's sandbox away, as the loss of its machine would. */
async function loseSandbox({ docker, folder: base }: TestAgents, sessionId: string): Promise<void> {
  if (!docker) {
    for (const part of ['ada', '.shells']) await rm(path.join(base, part, sessionId), { recursive: true, force: true });
    return;
  }
  const container = docker.container(sessionId);
  const { Mounts } = await container.inspect();
  await container.remove({ force: true });
  const { docker: client } = await import('../../sandbox/testing/docker-sandboxes.ts');
  for (const { Name } of Mounts)
    if (Name)
      await client
        .getVolume(Name)
        .remove({ force: true })
        .catch(() => undefined);
}

async function leave(agents: TestAgents, client: TestClient): Promise<string> {
  await client.close();
  await waitUntil(async () => {
    const { body } = await callAs<{ sessions: unknown[] }>(agents.engine, 'ada', 'GET', '/api/v1/sessions');
    return body.sessions.length === 0;
  });
  return client.sessionId;
}

for (const place of places)
  testIn[place](`a session whose sandbox is lost while it rests goes on with its files: ${place}`, async (t) => {
    const { agents, kept, run } = await openAgents(t, place, `rests-${place}`);
    agents.fakeProvider.plan(
      'anthropic',
      answer({ calls: [shell('git init -q own; echo one >own/a; echo two >b; echo lost >"$HOME/c"')] }),
      answer({ calls: [shell('cd own; git add a; git -c user.name=a -c user.email=a@b commit -qm unpushed')] }),
      answer({ calls: [shell('ls')] }),
      answer({ text: 'Done.' }),
    );
    const client = await agents.startClient('Make files.');
    await client.waitForStatus('completed');
    const { sessionId } = client;
    const names = (await kept(sessionId)).sort();
    assert.equal(names.length, 2, 'one for each step that changed files');
    const [told] = snapshotsOf((await agents.readStored(sessionId)).events);
    assert.ok(told !== undefined && names.includes(told), 'and the turn’s end names the last');
    await leave(agents, client);
    await loseSandbox(agents, sessionId);
    const back = await agents.attachClient(sessionId);
    await run(
      back,
      'Go on.',
      answer({ calls: [shell('cat own/a b; git -C own log --format=%s; ls "$HOME/c" 2>/dev/null || echo no c')] }),
      answer({ text: 'Done.' }),
    );
    assert.equal(lastOutput(back), 'one\ntwo\nunpushed\nno c\n');
    const [restored] = contents(back, 'WorkspaceRestored');
    assert.match(
      restored ?? '',
      /Its files are back as they were after event \d+, step 2 of the turn that event \d+ began/,
    );
    const asked = JSON.stringify(agents.fakeProvider.answerRequests.at(-1)?.body);
    assert.match(asked, /Its files are back as they were after event/, 'the model is told, too');
    back.send({ type: 'stop' });
    await back.closed;
    assert.deepEqual(await kept(sessionId), [], 'and all goes with the session');
  });

testIn.docker('a turn whose container is killed goes on with the files of the step before', async (t) => {
  const { agents, kept } = await openAgents(t, 'docker', 'killed');
  let sessionId = '';
  const afterLoss =
    (step: Step): Step =>
    async (playing) => {
      await waitUntil(async () => (await kept(sessionId)).length > 0);
      await loseSandbox(agents, sessionId);
      await step(playing);
    };
  agents.fakeProvider.plan(
    'anthropic',
    answer({ calls: [shell('echo one >a')] }),
    afterLoss(answer({ calls: [shell('cat a; echo two >b')] })),
    answer({ calls: [shell('cat a; ls b 2>/dev/null || echo no b')] }),
    answer({ text: 'Done.' }),
  );
  const client = await agents.startClient('Make files.', { id: 'x' });
  sessionId = client.sessionId;
  await client.waitForStatus('completed');
  assert.match(
    contents(client, 'ErrorObservation').join('\n'),
    /with the files of the last snapshot; this call was not done/,
  );
  assert.equal(lastOutput(client), 'one\nno b\n');
  assert.equal(contents(client, 'WorkspaceRestored').length, 1);
});

testIn.local('another engine with sandboxes of its own goes on with the files, on the same store', async (t) => {
  const { agents, environment, run } = await openAgents(t, 'local', 'elsewhere');
  agents.fakeProvider.plan('anthropic', answer({ calls: [shell('echo one >a')] }), answer({ text: 'Done.' }));
  const client = await agents.startClient('Make a file.');
  await client.waitForStatus('completed');
  const { sessionId } = client;
  await agents.stop();
  const other = await mkdtemp('/tmp/lucid-other-machine-');
  t.after(() => rm(other, { recursive: true, force: true }));
  await agents.start({ environment: { ...environment, WORKSPACE_BASE_PATH: other } });
  const back = await agents.attachClient(sessionId);
  await run(back, 'Go on.', answer({ calls: [shell('cat a; echo two >b')] }), answer({ text: 'Done.' }));
  assert.equal(lastOutput(back), 'one\n');
  const [first, second] = snapshotsOf((await agents.readStored(sessionId)).events);
  assert.match(`${first} ${second}`, /^1-\d+ [2-9]-\d+$/, 'named for their owners');
});

const spoilings = {
  forged: (file: string) => writeFile(file, 'LWS1 and something that nobody has sealed'),
  'taken away': (file: string) => rm(file),
};

for (const [how, spoil] of Object.entries(spoilings))
  testIn.local(`a snapshot that was ${how} is said, and the one before is used`, async (t) => {
    const { agents, kept, run, store } = await openAgents(t, 'local', how.replace(' ', '-'));
    agents.fakeProvider.plan(
      'anthropic',
      answer({ calls: [shell('echo one >a')] }),
      answer({ calls: [shell('echo two >a')] }),
      answer({ text: 'Done.' }),
    );
    const client = await agents.startClient('Make a file.');
    await client.waitForStatus('completed');
    const { sessionId } = client;
    const [, last = ''] = (await kept(sessionId)).sort((a, b) => pointOf(a) - pointOf(b));
    await leave(agents, client);
    await loseSandbox(agents, sessionId);
    await spoil(path.join(store, sessionId, last));
    const back = await agents.attachClient(sessionId);
    await run(back, 'Go on.', answer({ calls: [shell('cat a')] }), answer({ text: 'Done.' }));
    assert.equal(lastOutput(back), 'one\n');
    const [restored = ''] = contents(back, 'WorkspaceRestored');
    assert.match(
      restored,
      new RegExp(`the call after that did to files is lost. Refused, .*: the snapshots ${last}\\.`),
    );
  });

testIn.local(
  'a store that is away is said once, no turn fails by it, and what it missed is kept once it is back',
  async (t) => {
    const { agents, kept, run, store } = await openAgents(t, 'local', 'away');
    agents.fakeProvider.plan('anthropic', answer({ calls: [shell('echo one >a')] }), answer({ text: 'Done.' }));
    const client = await agents.startClient('Make a file.');
    await client.waitForStatus('completed');
    await rename(store, `${store}-elsewhere`);
    for (const name of ['b', 'c'])
      await run(
        client,
        `Make ${name}.`,
        answer({ calls: [shell(`echo ${name} >${name}`)] }),
        answer({ calls: [shell(`echo more >>${name}`)] }),
        answer({ text: 'Done.' }),
      );
    assert.equal(contents(client, 'SnapshotFailed').length, 1);
    const [before, during, still] = snapshotsOf((await agents.readStored(client.sessionId)).events);
    assert.deepEqual([during, still], [before, before]);
    await rm(store, { recursive: true, force: true });
    await rename(`${store}-elsewhere`, store);
    await run(client, 'Make d.', answer({ calls: [shell('echo d >d')] }), answer({ text: 'Done.' }));
    assert.equal((await kept(client.sessionId)).length, 2);
    const { sessionId } = client;
    await leave(agents, client);
    await loseSandbox(agents, sessionId);
    const back = await agents.attachClient(sessionId);
    await run(back, 'Look.', answer({ calls: [shell('cat a b c d')] }), answer({ text: 'Done.' }));
    assert.equal(lastOutput(back), 'one\nb\nmore\nc\nmore\nd\n');
  },
);

testIn.local('what stayed of a session that ended while the store was away goes with its chat', async (t) => {
  const { agents, kept, store } = await openAgents(t, 'local', 'stayed');
  agents.fakeProvider.plan('anthropic', answer({ calls: [shell('echo one >a')] }), answer({ text: 'Done.' }));
  const client = await agents.startClient('Make a file.');
  await client.waitForStatus('completed');
  await rename(store, `${store}-elsewhere`);
  client.send({ type: 'stop' });
  await client.closed;
  await waitUntil(() => agents.log.entries.some(({ event }) => event === 'snapshot.failed'));
  await rename(`${store}-elsewhere`, store);
  assert.equal((await kept(client.sessionId)).length, 1);
  const { body } = await callAs<{ chats: { id: string }[] }>(agents.engine, 'ada', 'GET', '/api/v1/chats');
  const chat = body.chats[0]?.id ?? '';
  assert.equal((await callAs(agents.engine, 'ada', 'DELETE', `/api/v1/chats/${chat}`)).status, 200);
  assert.deepEqual(await readdir(store), []);
});

/** The sequence in a snapshot's name. */
const pointOf = (name: string) => Number(name.split('-')[1]);
