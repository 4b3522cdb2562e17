// Turns that wait for a person: asked over WebSocket and REST, through crashes of the engine, hibernation and timeouts.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FakeProvider } from '../../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import type { ReportedSession } from '../../schema/protocol/routes/sessions.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { signTestToken } from '../testing/engine.ts';
import { type EngineProcess, startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const { shell } = callsOf('anthropic');
const question = { name: 'ask_user', input: { question: 'Which database?', options: ['PostgreSQL', 'SQLite'] } };

let database: TestDatabase;
let provider: FakeProvider;
let engine: EngineProcess;

const startEngine = (more: Record<string, string> = {}) =>
  startEngineProcess(database.url, {
    ANTHROPIC_API_KEY: 'sk-ant-own-0123456789abcdef',
    LLM_BASE_URL: provider.url,
    SANDBOX: 'memory',
    HOST_THREADS: '1',
    HIBERNATE_AFTER: '1',
    RECONNECT_GRACE: '1',
    ...more,
  });

before(async () => {
  database = await createTestDatabase();
  provider = await FakeProvider.open();
  engine = await startEngine();
});
after(async () => {
  await engine?.kill();
  await provider?.close();
  await database?.drop();
});
afterEach(() => provider.reset());

type Accepted = { sequence: number; id: string };
type Problem = { code: string; detail: string };

async function createSession(policy: object | undefined, user = 'ada'): Promise<string> {
  const body = { task: 'Build it.', autoStart: true, ...(policy && { policy }) };
  const created = await callAs<{ sessionId: string }>(engine, user, 'POST', '/api/v1/sessions', body);
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body.sessionId;
}

const readSession = async (sessionId: string): Promise<ReportedSession> =>
  (await callAs<ReportedSession>(engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}`)).body;

async function waitForState(sessionId: string, state: string): Promise<ReportedSession> {
  await waitUntil(async () => (await readSession(sessionId)).state === state);
  return readSession(sessionId);
}

const isPassivated = () => waitUntil(async () => !(await listLive()).includes('s'));
async function listLive(): Promise<string> {
  const { body } = await callAs<{ sessions: unknown[] }>(engine, 'ada', 'GET', '/api/v1/sessions');
  return body.sessions.length > 0 ? 's' : '';
}

const say = <Body>(sessionId: string, what: 'answers' | 'decisions', body: object, user = 'ada') =>
  callAs<Body>(engine, user, 'POST', `/api/v1/sessions/${sessionId}/${what}`, body);

const lastHeard = () => JSON.stringify(provider.answerRequests.at(-1)?.body);

test('a question is asked over WebSocket, answered there, and the turn goes on with what it used', async () => {
  provider.plan('anthropic', answer({ calls: [question] }), answer({ text: 'PostgreSQL it is.' }));
  const token = await signTestToken('ada');
  const client = await TestClient.start(engine.ws, token, 'Build it.', { policy: { mode: 'auto' } });
  const asked = await client.waitFor('the question', ({ eventType }) => eventType === 'AskUserAction');
  assert.partialDeepStrictEqual(asked, {
    event: 'action',
    content: 'Which database?',
    waitingFor: { kind: 'question', text: 'Which database?', options: ['PostgreSQL', 'SQLite'] },
  });
  const toolCallId = asked.toolCallId ?? '';
  client.send({ type: 'answer', id: 'a-1', toolCallId, content: 'PostgreSQL' });
  const acknowledged = await client.waitFor('the ack', ({ type, id }) => type === 'ack' && id === 'a-1');
  assert.partialDeepStrictEqual(acknowledged, { eventType: 'UserAnswer', content: 'PostgreSQL', toolCallId });
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'finished');
  assert.partialDeepStrictEqual(completed.usage, { steps: 2 });
  assert.match(lastHeard(), /"tool_result","tool_use_id":"[^"]+","content":(\[\{"type":"text","text":)?"PostgreSQL"/);
  client.send({ type: 'answer', id: 'a-2', toolCallId, content: 'SQLite' });
  const refused = await client.waitFor('the refusal', ({ type, id }) => type === 'error' && id === 'a-2');
  assert.equal(refused.code, 'alreadyDecided');
  await client.close();
});

test('a session that waits is reported so, survives SIGKILL, and goes on with its answer over REST', async () => {
  provider.plan('anthropic', answer({ calls: [question, shell('echo 1 > a')] }), answer({ text: 'Done.' }));
  const sessionId = await createSession({ mode: 'auto', timeoutSeconds: 3_600 });
  const waiting = await waitForState(sessionId, 'waiting');
  const [want] = waiting.waitingFor;
  assert.partialDeepStrictEqual(want, { kind: 'question', text: 'Which database?' });
  const listed = await callAs<{ sessions: ReportedSession[] }>(engine, 'ada', 'GET', '/api/v1/sessions?state=waiting');
  assert.deepEqual(
    listed.body.sessions.map((report) => report.sessionId),
    [sessionId],
  );
  await engine.kill();
  engine = await startEngine();
  const again = await readSession(sessionId);
  assert.deepEqual([again.state, again.waitingFor], ['waiting', waiting.waitingFor]);
  assert.equal(await listLive(), '', 'nothing of it is in memory');
  const toolCallId = want?.toolCallId ?? '';
  const foreign = await say<Problem>(sessionId, 'answers', { toolCallId, content: 'Mine!' }, 'eve');
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'notYours']);
  const unknown = await say<Problem>(sessionId, 'answers', { toolCallId: 'none', content: 'What?' });
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'noSuchCall']);
  const body = { id: 'a-1', toolCallId, content: 'SQLite' };
  const first = await say<Accepted>(sessionId, 'answers', body);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const repeated = await say<Accepted>(sessionId, 'answers', body);
  assert.deepEqual(repeated.body, first.body);
  const second = await say<Problem>(sessionId, 'answers', { ...body, id: 'a-2' });
  assert.deepEqual([second.status, second.body.code], [409, 'alreadyDecided']);
  const ended = await waitForState(sessionId, 'idle');
  assert.deepEqual([ended.lastTurn?.reason, ended.usage.turns, ended.waitingFor], ['finished', 1, []]);
  assert.match(lastHeard(), /SQLite/);
});

test('a wait that is over ends by itself while the session is in no memory', async () => {
  provider.plan('anthropic', answer({ calls: [question] }), answer({ text: 'Then I decide.' }));
  const sessionId = await createSession({ timeoutSeconds: 10 });
  await waitForState(sessionId, 'waiting');
  await isPassivated();
  const ended = await waitForState(sessionId, 'idle');
  assert.equal(ended.lastTurn?.reason, 'finished');
  assert.match(lastHeard(), /Nobody answered within 10 seconds/);
});

test('a fork of a session that waits begins before the question, and rests', async () => {
  provider.plan('anthropic', answer({ calls: [question] }));
  const sessionId = await createSession({ mode: 'auto' });
  const { chatId } = await waitForState(sessionId, 'waiting');
  type Fork = { sessionId: string };
  const forked = await callAs<Fork>(engine, 'ada', 'POST', `/api/v1/chats/${chatId}/fork`, {});
  assert.equal((await readSession(forked.body.sessionId)).state, 'idle');
  assert.equal((await readSession(sessionId)).state, 'waiting');
});

test('a client that chose no policy is asked nothing: the tool is not offered', async () => {
  provider.plan('anthropic', answer({ calls: [question] }), answer({ text: 'Then not.' }));
  const sessionId = await createSession(undefined);
  const ended = await waitForState(sessionId, 'idle');
  assert.equal(ended.lastTurn?.reason, 'finished');
  assert.doesNotMatch(JSON.stringify(provider.answerRequests[0]?.body), /ask_user/);
  assert.match(lastHeard(), /There is no tool named/);
});

test('a policy that makes no sense is refused with what is wrong with it', async () => {
  for (const policy of [
    { mode: 'yolo' },
    { timeoutSeconds: 0 },
    { rules: [{ decision: 'allow' }] },
    { rule: [] },
    'ask',
  ]) {
    const body = { task: 'Build it.', policy };
    const refused = await callAs<Problem>(engine, 'ada', 'POST', '/api/v1/sessions', body);
    assert.deepEqual([refused.status, refused.body.code], [422, 'invalid'], JSON.stringify(policy));
    assert.match(refused.body.detail, /^policy/);
  }
});

test('an approval is wanted, survives SIGKILL, and is decided over REST: denied with words, then changed', async () => {
  const commands = [shell('git push -f origin a'), shell('echo 1 > a'), shell('cat a')];
  provider.plan('anthropic', answer({ calls: commands }), answer({ text: 'Done.' }));
  const sessionId = await createSession({ mode: 'ask' });
  const { waitingFor } = await waitForState(sessionId, 'waiting');
  assert.partialDeepStrictEqual(waitingFor, [
    { kind: 'approval', tool: 'shell', input: { command: 'git push -f origin a' }, allows: ['does forcePush'] },
    { kind: 'approval', tool: 'shell', input: { command: 'echo 1 > a' } },
  ]);
  const [push = '', write = ''] = waitingFor.map(({ toolCallId }) => toolCallId);
  await engine.kill();
  engine = await startEngine();
  const denial = { toolCallId: push, decision: 'deny', message: 'Never with force.' };
  assert.equal((await say(sessionId, 'decisions', denial)).status, 200);
  assert.deepEqual(
    (await waitForState(sessionId, 'waiting')).waitingFor.map(({ toolCallId }) => toolCallId),
    [write],
  );
  const wrong = { toolCallId: write, decision: 'allow', input: { command: 5 } };
  const refused = await say<Problem>(sessionId, 'decisions', wrong);
  assert.deepEqual([refused.status, refused.body.code], [422, 'invalid']);
  const changed = { toolCallId: write, decision: 'allow', input: { command: 'echo 2 > a' } };
  assert.equal((await say(sessionId, 'decisions', changed)).status, 200);
  assert.equal((await waitForState(sessionId, 'idle')).lastTurn?.reason, 'finished');
  assert.match(lastHeard(), /Never with force\..*The user changed the input of this call.*2\\n/);
  const late = await say<Problem>(sessionId, 'decisions', { ...changed, id: 'again' });
  assert.deepEqual([late.status, late.body.code], [409, 'alreadyDecided']);
});

test('a decision or a message that comes again under its id with something else in it is refused', async (t) => {
  provider.plan('anthropic', answer({ calls: [shell('echo 1 > a'), question] }), answer({ text: 'Done.' }));
  const sessionId = await createSession({ mode: 'ask' });
  const { waitingFor } = await waitForState(sessionId, 'waiting');
  const [asked = '', write = ''] = ['question', 'approval'].map(
    (wanted) => waitingFor.find(({ kind }) => kind === wanted)?.toolCallId,
  );
  const decision = { id: 'd-same', toolCallId: write, decision: 'allow', input: { command: 'echo 2 > a' } } as const;
  const first = await say<Accepted>(sessionId, 'decisions', decision);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}`);
  t.after(() => client.close());
  for (const changed of [
    { input: { command: 'rm a' } },
    { input: undefined },
    { decision: 'deny' },
    { message: 'So be it.' },
  ]) {
    const refused = await say<Problem>(sessionId, 'decisions', { ...decision, ...changed });
    assert.deepEqual([refused.status, refused.body.code], [422, 'idReused'], JSON.stringify(changed));
  }
  client.send({ type: 'decide', ...decision, input: { command: 'rm a' } });
  const told = await client.waitFor('the refusal', ({ type, id }) => type === 'error' && id === 'd-same');
  assert.equal(told.code, 'idReused');
  assert.deepEqual((await say<Accepted>(sessionId, 'decisions', decision)).body, first.body);
  await say(sessionId, 'answers', { id: 'a-same', toolCallId: asked, content: 'SQLite' });
  await waitForState(sessionId, 'idle');
  assert.match(lastHeard(), /echo 2 > a/);
  const send = (body: object) => callAs<Problem>(engine, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, body);
  const message = { id: 'm-same', content: 'Go on.', effort: 'low' };
  provider.plan('anthropic', answer({ text: 'Done.' }));
  assert.equal((await send(message)).status, 200);
  assert.equal((await send(message)).status, 200);
  const refused = await send({ ...message, effort: 'high' });
  assert.deepEqual([refused.status, refused.body.code], [422, 'idReused']);
});

test('a plan is presented, survives SIGKILL, and is carried out once it is allowed over REST', async () => {
  const plan = { name: 'present_plan', input: { plan: '1. Write a.' } };
  provider.plan(
    'anthropic',
    answer({ calls: [shell('echo early > a'), plan] }),
    answer({ calls: [shell('echo late > a; cat a')] }),
    answer({ text: 'Done.' }),
  );
  const sessionId = await createSession({ mode: 'plan' });
  const { waitingFor } = await waitForState(sessionId, 'waiting');
  assert.partialDeepStrictEqual(waitingFor, [{ kind: 'plan', text: '1. Write a.' }]);
  await engine.kill();
  engine = await startEngine();
  assert.deepEqual((await waitForState(sessionId, 'waiting')).waitingFor, waitingFor);
  const toolCallId = waitingFor[0]?.toolCallId ?? '';
  assert.equal((await say(sessionId, 'decisions', { toolCallId, decision: 'allow' })).status, 200);
  assert.equal((await waitForState(sessionId, 'idle')).lastTurn?.reason, 'finished');
  assert.match(lastHeard(), /Only look until the user has approved a plan.*has approved the plan.*late\\n/);
});

test('an approval is decided over WebSocket, by a client that came after it was wanted', async () => {
  provider.plan('anthropic', answer({ calls: [shell('touch a')] }), answer({ text: 'Done.' }));
  const sessionId = await createSession({ mode: 'ask' });
  await waitForState(sessionId, 'waiting');
  await isPassivated();
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}`);
  const state = await client.waitFor('the state', ({ type }) => type === 'session_state');
  const [want] = (state.now as { waitingFor: { toolCallId: string; kind: string }[] }).waitingFor;
  assert.equal(want?.kind, 'approval');
  client.send({ type: 'decide', id: 'd-1', toolCallId: want?.toolCallId ?? '', decision: 'allowForSession' });
  const acknowledged = await client.waitFor('the ack', ({ type, id }) => type === 'ack' && id === 'd-1');
  assert.partialDeepStrictEqual(acknowledged, { eventType: 'ApprovalDecision', decision: 'allowForSession' });
  assert.equal((await client.waitForStatus('completed')).reason, 'finished');
  await client.close();
});
