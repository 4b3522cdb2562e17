// Budgets hold over turns, sessions, deleted chats and restarts of the engine, and people hear of them beforehand.
import assert from 'node:assert/strict';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer, nothing } from '../../actors/testing/provider/steps.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import { shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const agents = shareTestAgents('local');
const bounded = shareTestAgents('local', { environment: { USER_DAY_BUDGET_USD: '0.5', DAY_BUDGET_USD: '1' } });

const ofUsers = shareTestAgents('local', { environment: { USER_DAY_BUDGET_USD: '0.5' } });

/** Two cents at the price of the engine's model, which reads a million tokens for two dollars. */
const twoCents = { input: 10_000, output: 0 };
let calls = 0;
const call = () => callsOf('anthropic').shell(`echo ${++calls}`);

const noticesOf = ({ events }: TestClient) =>
  events.filter(({ eventType }) => eventType === 'AgentNotice').map(({ content }) => content ?? '');

async function startAs(user: string, { engine }: TestAgents, more: object = {}): Promise<TestClient> {
  return TestClient.start(engine.ws, await signTestToken(user), 'Look', more);
}

testIn.local('a session ends its turn before it goes beyond its budget, warns, and has the last word', async () => {
  const held = await agents();
  held.fakeProvider.answerOtherwise({ of: () => answer({ calls: [call()], usage: twoCents }) });
  const client = await startAs('ada', held, { budgetUsd: 0.205 });
  const { reason, message, usage, sequence } = await client.waitForStatus('completed');
  assert.equal(reason, 'budget');
  assert.match(message ?? '', /another step would go beyond the budget of \$0\.2\d* for this session/);
  assert.partialDeepStrictEqual(usage, { steps: 10 });
  const [warning, lastStep, ...more] = noticesOf(client);
  assert.match(warning ?? '', /^\$0\.18 of the budget of .* for this session is spent/);
  assert.match(lastStep ?? '', /^This is the last step of this turn, since \$0\.18 of the budget/);
  assert.deepEqual(more, []);
  const report = await callAs<{ now: SessionNow }>(held.engine, 'ada', 'GET', `/api/v1/sessions/${client.sessionId}`);
  const { budgetUsd, spentUsd = 0 } = report.body.now;
  assert.deepEqual([budgetUsd, Math.round(spentUsd * 1_000)], [0.205, 200]);
  held.fakeProvider.answerOtherwise({ of: () => answer({ text: 'Done.', usage: { input: 20_000, output: 0 } }) });
  client.send({ type: 'message', content: 'Go on' });
  const next = await client.waitForStatus('completed', sequence);
  assert.equal(next.reason, 'budget');
});

testIn.local('what was spent is known after a restart of the engine', async () => {
  const held = await agents();
  held.fakeProvider.plan('anthropic', answer({ text: 'Done.', usage: { input: 100_000, output: 0 } }));
  const client = await startAs('ada', held, { budgetUsd: 0.1 });
  const first = await client.waitForStatus('completed');
  await held.stop();
  await held.start();
  const asked = held.fakeProvider.answerRequests.length;
  const again = await held.attachClient(client.sessionId);
  again.send({ type: 'message', content: 'Go on' });
  const completed = await again.waitForStatus('completed', first.sequence);
  assert.deepEqual([completed.reason, held.fakeProvider.answerRequests.length], ['budget', asked]);
});

testIn.local('a message has a budget for its turn alone', async () => {
  const held = await agents();
  held.fakeProvider.answerOtherwise({ of: () => answer({ calls: [call()], usage: twoCents }) });
  const client = await startAs('ada', held, { maxIterations: 1 });
  const first = await client.waitForStatus('completed');
  client.send({ type: 'message', content: 'A bit more', budgetUsd: 0.05 });
  const second = await client.waitForStatus('completed', first.sequence);
  assert.deepEqual([first.reason, second.reason], ['iterations', 'iterations']);
  client.send({ type: 'message', content: 'A bit more', budgetUsd: 0.05, maxIterations: 20 });
  const third = await client.waitForStatus('completed', second.sequence);
  assert.equal(third.reason, 'budget');
  assert.match(third.message ?? '', /beyond the budget of \$0\.05 for this turn/);
});

testIn.local(
  'a user’s day is bounded over sessions, deleted chats and restarts, and the engine’s over users',
  async () => {
    const held = await bounded();
    const thirtyCents = { input: 150_000, output: 0 };
    held.fakeProvider.answerOtherwise({ of: () => answer({ text: 'Done.', usage: thirtyCents }) });
    const turnOf = async (user: string, more: object = {}) => {
      const client = await startAs(user, held, more);
      const { reason, message } = await client.waitForStatus('completed');
      return { client, reason, message };
    };
    const first = await turnOf('ada');
    assert.equal(first.reason, 'finished');
    assert.equal((await turnOf('ada')).reason, 'finished');
    const refused = await turnOf('ada');
    assert.equal(refused.reason, 'budget');
    assert.match(refused.message ?? '', /\$0\.60 of the budget of \$0\.50 for this user today is spent/);
    const { body } = await callAs<{ chats: { id: string }[] }>(held.engine, 'ada', 'GET', '/api/v1/chats');
    for (const { id } of body.chats) await callAs(held.engine, 'ada', 'DELETE', `/api/v1/chats/${id}`);
    await held.stop();
    await held.start({ environment: { USER_DAY_BUDGET_USD: '0.5', DAY_BUDGET_USD: '1' } });
    assert.equal((await turnOf('ada')).reason, 'budget');
    assert.equal((await turnOf('eve')).reason, 'finished');
    assert.equal((await turnOf('mallory')).reason, 'finished');
    const full = await turnOf('trent');
    assert.equal(full.reason, 'budget');
    assert.match(full.message ?? '', /for this engine today is spent/);
    const own = await turnOf('trent', { apiKey: 'sk-ant-of-mallory-0123456789' });
    assert.equal(own.reason, 'finished');
  },
);

testIn.local('what one session of a user is about to spend is no other one’s to spend', async () => {
  const held = await ofUsers();
  const cents = (count: number) => answer({ calls: [call()], usage: { input: count * 5_000, output: 0 } });
  held.fakeProvider.plan('anthropic', cents(20), nothing(), cents(8));
  const slow = await startAs('zoe', held);
  await waitUntil(async () => held.fakeProvider.answerRequests.length === 2);
  const other = await startAs('zoe', held);
  const { reason, message, usage } = await other.waitForStatus('completed');
  assert.deepEqual([reason, usage?.steps], ['budget', 1]);
  assert.match(message ?? '', /for this user today is spent/);
  slow.send({ type: 'stop' });
  await slow.waitForStatus('stopped');
});
