// Turns that are interrupted, limited, repeat themselves or get an empty answer, and what comes into them meanwhile.
import assert from 'node:assert/strict';
import { providerNames } from '../../actors/models/providers/registry.ts';
import type { FakeProvider } from '../../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer, bytes, cutInCall, refusal, silence } from '../../actors/testing/provider/steps.ts';
import type { Usage } from '../../schema/event.ts';
import { shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import type { Frame, TestClient } from '../testing/client.ts';

const agents = shareTestAgents('local', { environment: { MAX_ITERATIONS: '7' } });
const hurried = shareTestAgents('local', { environment: { CONVERSATION_TIMEOUT: '4' } });

/** A test that is the same for both providers. */
function testBoth(what: string, act: (held: TestAgents, name: string) => Promise<void>): void {
  for (const name of providerNames) testIn.local(`${name}: ${what}`, async () => act(await agents(), name));
}

const contents = ({ events }: TestClient, eventType: string) =>
  events.filter((frame) => frame.eventType === eventType).map(({ content }) => content);

const eventTypes = ({ events }: TestClient) => events.map(({ eventType, status }) => eventType ?? status ?? '');

/** What the provider was told last, as text. */
const lastHeard = ({ answerRequests: asked }: FakeProvider): string => JSON.stringify(asked.at(-1)?.body);

/** Checks that the session answers its next message. */
async function assertGoesOn(client: TestClient, after: Frame, { fakeProvider }: TestAgents): Promise<void> {
  fakeProvider.answerOtherwise(answer({ text: 'Here I am.' }));
  client.send({ type: 'message', content: 'Are you there?' });
  const completed = await client.waitForStatus('completed', after.sequence);
  assert.equal(completed.reason, 'finished');
  assert.equal(contents(client, 'MessageAction').at(-1), 'Here I am.');
  assert.match(lastHeard(fakeProvider), /Are you there\?/);
}

testBoth('a message during a turn is read before the next step', async (held, name) => {
  const { fakeProvider } = held;
  fakeProvider.plan(name, answer({ calls: [callsOf(name).shell('until [ -e go ]; do sleep 0.02; done; rm go')] }));
  const client = await held.startClient('wait', { modelProvider: name });
  await client.waitFor('the command', ({ eventType }) => eventType === 'CmdRunAction');
  client.send({ type: 'message', id: 'one-more', content: 'And then tidy up.' });
  const ack = await client.waitFor('the acknowledgement', ({ id }) => id === 'one-more');
  fakeProvider.answerOtherwise(answer({ text: 'Both done.' }));
  await held.touchFile(client, 'go');
  const completed = await client.waitForStatus('completed');
  assert.equal(fakeProvider.answerRequests.length, 2);
  assert.match(lastHeard(fakeProvider), /And then tidy up\./);
  const observation = client.events.find(({ eventType }) => eventType === 'CmdOutputObservation');
  assert.ok((ack.sequence ?? 0) < (observation?.sequence ?? 0));
  await assertGoesOn(client, completed, held);
});

testBoth(
  'an interrupt in the middle of an answer ends the turn at once, and the session goes on',
  async (held, name) => {
    held.fakeProvider.plan(name, silence('I begin to '));
    const client = await held.startClient('talk', { modelProvider: name });
    await client.waitForType('agent_delta');
    const interrupted = await interruptedSoon(client);
    assert.equal(await held.fakeProvider.answerRequests[0]?.brokenOff, true);
    assert.deepEqual(contents(client, 'MessageAction'), ['I begin to ']);
    assert.ok(((interrupted.usage ?? { outputTokens: 0 }) as Pick<Usage, 'outputTokens'>).outputTokens >= 4);
    await assertGoesOn(client, interrupted, held);
    assert.match(lastHeard(held.fakeProvider), /I begin to .*The user interrupted the turn here.*Are you there\?/);
  },
);

testBoth('an interrupt in the middle of a command ends it too, and the session goes on', async (held, name) => {
  held.fakeProvider.plan(name, answer({ calls: [callsOf(name).shell('echo begun; sleep 60; echo never')] }));
  const client = await held.startClient('sleep', { modelProvider: name });
  await client.waitForType('agent_output');
  const interrupted = await interruptedSoon(client);
  assert.deepEqual(contents(client, 'CmdOutputObservation'), ['begun\n\n[The command was interrupted.]']);
  await assertGoesOn(client, interrupted, held);
  assert.match(lastHeard(held.fakeProvider), /The user interrupted the turn here.*Are you there\?/);
});

async function interruptedSoon(client: TestClient): Promise<Frame> {
  const atMs = performance.now();
  client.send({ type: 'interrupt' });
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'interrupted');
  assert.ok(performance.now() - atMs < 15_000); // What it ends would have gone on for a minute.
  return completed;
}

testBoth('a turn of too many steps is ended, says so, and the next one works', async (held, name) => {
  let step = 0;
  held.fakeProvider.answerOtherwise({ of: () => answer({ calls: [callsOf(name).shell(`echo ${++step}`)] }) });
  const client = await held.startClient('go on for ever', { modelProvider: name });
  const { reason, message, usage, sequence = 0 } = await client.waitForStatus('completed');
  assert.deepEqual([reason, message], ['iterations', 'The agent was stopped after 7 steps.']);
  assert.partialDeepStrictEqual(usage, { steps: 7 });
  assert.equal(contents(client, 'CmdOutputObservation').length, 7);
  await assertGoesOn(client, { type: 'status', sequence }, held);
});

testIn.local('a turn that takes too long is ended, says so, and the session goes on', async () => {
  const held = await hurried();
  held.fakeProvider.answerOtherwise({ of: () => answer({ calls: [callsOf('anthropic').shell('sleep 3')] }) });
  const client = await held.startClient('take long');
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'timeout');
  assert.match(completed.message ?? '', /its time was up/);
  await assertGoesOn(client, completed, held);
});

testBoth('calls that only read run side by side, and their results come in order', async (held, name) => {
  const { shell, read } = callsOf(name);
  const { fakeProvider } = held;
  fakeProvider.plan(
    name,
    answer({ calls: [shell('for n in 1 2 3; do echo "number $n" > $n; done')] }),
    answer({ calls: [read('1'), read('2'), read('missing'), read('3'), shell('rm 1'), read('2')] }),
  );
  const client = await held.startClient('read', { modelProvider: name });
  await client.waitForStatus('completed');
  const second = eventTypes(client).slice(eventTypes(client).indexOf('CmdOutputObservation') + 1, -2);
  const reads = ['FileReadObservation', 'FileReadObservation', 'ErrorObservation', 'FileReadObservation'];
  assert.deepEqual(second, [
    ...Array(4).fill('FileReadAction'),
    ...reads,
    'CmdRunAction',
    'CmdOutputObservation',
    'FileReadAction',
    'FileReadObservation',
  ]);
  assert.deepEqual(
    contents(client, 'FileReadObservation').map((content) => /number \d/.exec(content ?? '')?.[0]),
    ['number 1', 'number 2', 'number 3', 'number 2'],
  );
  assert.match(lastHeard(fakeProvider), /number 1.*number 2.*no file at that path.*number 3.*number 2/s);
});

testBoth('an agent that repeats the same calls is told so once, and then stopped', async (held, name) => {
  const { fakeProvider } = held;
  fakeProvider.answerOtherwise({ of: () => answer({ calls: [callsOf(name).shell('echo again')] }) });
  const client = await held.startClient('circle', { modelProvider: name });
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'repeating');
  const notices = contents(client, 'AgentNotice');
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /gave the same result 4 times in a row/);
  assert.equal(fakeProvider.answerRequests.length, 5);
  assert.match(lastHeard(fakeProvider), /gave the same result 4 times in a row/);
  await assertGoesOn(client, completed, held);
});

testBoth('an agent that reads an unchanged log five times, with pauses, is not stopped', async (held, name) => {
  const { fakeProvider } = held;
  const look = callsOf(name).shell('touch log; sleep 1; tail log');
  fakeProvider.plan(name, ...Array.from({ length: 5 }, () => answer({ calls: [look] })));
  const client = await held.startClient('wait', { modelProvider: name });
  assert.equal((await client.waitForStatus('completed')).reason, 'finished');
  assert.deepEqual(contents(client, 'AgentNotice'), []);
});

testBoth('an agent that asks for four missing files is not stopped', async (held, name) => {
  const looks = ['1.txt', '2.txt', 'a', 'b'].map((path) => answer({ calls: [callsOf(name).read(path)] }));
  held.fakeProvider.plan(name, ...looks);
  const client = await held.startClient('look', { modelProvider: name });
  assert.equal((await client.waitForStatus('completed')).reason, 'finished');
  assert.deepEqual(contents(client, 'AgentNotice'), []);
});

testIn.local('a model of Google that calls a tool that is not there is told so, and goes on', async () => {
  const held = await agents();
  const finishMessage = 'Unexpected tool call: Model tried to call an undeclared function: teleport';
  const chunk = { candidates: [{ finishReason: 'UNEXPECTED_TOOL_CALL', finishMessage }] };
  held.fakeProvider.plan('google', bytes(`data: ${JSON.stringify(chunk)}\r\n\r\n`), answer({ text: 'On foot, then.' }));
  const client = await held.startClient('teleport', { modelProvider: 'google' });
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'finished');
  assert.equal(held.fakeProvider.answerRequests.length, 2, 'the same request is not made again');
  assert.match(lastHeard(held.fakeProvider), /There is no such tool as teleport.*Your tools are: shell, read/);
  await assertGoesOn(client, completed, held);
});

testBoth('after an empty answer the model is asked again; a second one ends the turn', async (held, name) => {
  held.fakeProvider.plan(name, answer({}), answer({}));
  const client = await held.startClient('say nothing', { modelProvider: name });
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'failed');
  assert.deepEqual(contents(client, 'AgentNotice').length, 1);
  assert.match(contents(client, 'AgentErrorEvent')[0] ?? '', /empty answer, and another one/);
  await assertGoesOn(client, completed, held);
});

testBoth('an answer that was cut off is continued', async (held, name) => {
  const { fakeProvider } = held;
  fakeProvider.plan(
    name,
    cutInCall({ text: 'I write a lot', calls: [callsOf(name).shell('echo never run')] }),
    answer({ text: 'Done in small steps.' }),
  );
  const client = await held.startClient('write', { modelProvider: name });
  assert.equal((await client.waitForStatus('completed')).reason, 'finished');
  assert.deepEqual(contents(client, 'MessageAction'), ['I write a lot', 'Done in small steps.']);
  assert.deepEqual(contents(client, 'CmdRunAction'), []);
  assert.match(lastHeard(fakeProvider), /cut off at the limit of output/);
});

testBoth('a refusal ends the turn and says so', async (held, name) => {
  held.fakeProvider.plan(name, refusal());
  const client = await held.startClient('refuse', { modelProvider: name });
  const completed = await client.waitForStatus('completed');
  assert.deepEqual([completed.reason, completed.message], ['refused', 'The model refused to go on with this.']);
  await assertGoesOn(client, completed, held);
});
