// Tasks that come to an end before they are done, or are gone about differently: interrupts, budgets, steps, models, summaries.
import assert from 'node:assert/strict';
import type { ProviderRequest } from '../../../../actors/testing/provider/fake-provider.ts';
import { answer, silence } from '../../../../actors/testing/provider/steps.ts';
import type { SessionNow } from '../../../../schema/session-now.ts';
import { callAs } from '../../../testing/rest.ts';
import { type AgentTask, begun, call, contentsOf, endTurn, finish, type GivenTask, shell } from './agent-task.ts';

/** Two cents at the price of the suite's model, which reads a million tokens for two dollars. */
const twoCents = { input: 10_000, output: 0 };

const nowOf = async ({ agents }: GivenTask, sessionId: string): Promise<SessionNow> =>
  (await callAs<{ now: SessionNow }>(agents.engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}`)).body.now;

const isForSummary = ({ body }: ProviderRequest) => JSON.stringify(body).includes('You sum up the conversation');

/** Some 27,000 tokens. */
const page = (title: string) => `${title} ${'word '.repeat(19_000)}`;

export const limitTasks: AgentTask[] = [
  {
    name: 'goes on from what it had said when it was interrupted',
    async act(given) {
      given.provider.plan('anthropic', silence('The cause is in '));
      const client = await given.start('Find the cause.');
      await client.waitForType('agent_delta');
      client.send({ type: 'interrupt', id: 'i-1' });
      const first = await client.waitForStatus('completed');
      assert.equal(first.reason, 'interrupted');
      given.play([finish('The cause is in a.')]);
      assert.equal((await endTurn(client, 'Go on.')).reason, 'finished');
      await given.check(client, [
        ...begun,
        'Interrupt',
        ['MessageAction', /^The cause is in /],
        'completed',
        ['UserMessage', 'Go on.'],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(1), /Find the cause\..*The cause is in .*The user interrupted the turn here.*Go on\./);
      await given.stop(client);
    },
  },
  {
    name: 'is warned at 80 % of its budget, and ends before it goes beyond it',
    async act(given) {
      given.play(
        ...[1, 2, 3].map((n) => ({ calls: [shell(`echo ${n}`)], usage: twoCents })),
        { calls: [shell('echo 4')], usage: twoCents },
        { text: 'Four of five are done.', usage: twoCents },
      );
      const client = await given.start('Count to five.', { budgetUsd: 0.1 });
      const { reason, usage } = await endTurn(client);
      assert.equal(reason, 'budget');
      assert.partialDeepStrictEqual(usage, { steps: 5, inputTokens: 50_000 });
      const step = ['CmdRunAction', 'CmdOutputObservation'];
      const rows = await given.check(client, [
        ...begun,
        ...step,
        ...step,
        ...step,
        ...step,
        ['AgentNotice', /^\$0\.08 of the budget of \$0\.10? for this session is spent/],
        ['AgentNotice', /^This is the last step of this turn, since \$0\.08 of the budget/],
        ['MessageAction', 'Four of five are done.'],
        'completed',
      ]);
      assert.equal(Math.round((rows.at(-2)?.metadata?.spentUsd ?? 0) * 1_000), 100);
      assert.match(given.sent(4), /is spent.*This is the last step of this turn/);
      assert.equal((await endTurn(client, 'And five.')).reason, 'budget');
      assert.equal(given.timesAsked, 5, 'nothing more is asked');
      await given.stop(client);
    },
  },
  {
    name: 'says in its last step where things stand, and the next turn knows',
    async act(given) {
      given.play([shell('echo 1')], { text: 'One is done, two is left.' }, [finish('Both.')]);
      const client = await given.start('Count to two.', { maxIterations: 2 });
      const { reason, message } = await endTurn(client);
      assert.deepEqual([reason, message], ['iterations', 'The agent was stopped after 2 steps.']);
      assert.equal((await endTurn(client, 'Go on.')).reason, 'finished');
      await given.check(client, [
        ...begun,
        'CmdRunAction',
        ['CmdOutputObservation', '1\n'],
        ['AgentNotice', /^This is the last step of this turn, since a turn takes 2 here\./],
        ['MessageAction', 'One is done, two is left.'],
        'completed',
        'UserMessage',
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(1), /This is the last step of this turn/);
      assert.match(
        given.sent(2),
        /two is left\..*The turn was ended here\. The agent was stopped after 2 steps\..*Go on\./,
      );
      await given.stop(client);
    },
  },
  {
    name: 'has another model and effort for one message',
    async act(given) {
      given.provider.answerOtherwise(answer({ text: 'Done.' }));
      const client = await given.start('Look.', { effort: 'low' });
      await endTurn(client);
      await endTurn(client, 'Think.', { model: 'claude-opus-5-5', effort: 'max' });
      await endTurn(client, 'Look again.');
      type Asked = { model: string; output_config?: { effort: string } };
      assert.deepEqual(
        given.provider.answerRequests.map(({ body }) => [(body as Asked).model, (body as Asked).output_config?.effort]),
        [
          ['claude-sonnet-5-5', 'low'],
          ['claude-opus-5-5', 'max'],
          ['claude-sonnet-5-5', 'low'],
        ],
      );
      const turn = ['MessageAction', 'completed'];
      const rows = await given.check(client, [...begun, ...turn, 'UserMessage', ...turn, 'UserMessage', ...turn]);
      assert.deepEqual(
        rows.flatMap(({ eventType, metadata }) => (eventType === 'UserMessage' ? [metadata?.choice] : [])),
        [{ model: 'anthropic/claude-opus-5-5', effort: 'max' }, undefined],
      );
      await given.stop(client);
    },
  },
  {
    name: 'shows its plan, and keeps it over a summary',
    async act(given) {
      const items = [
        { text: 'Find the cause', state: 'done' },
        { text: 'Mend it', state: 'inProgress' },
      ];
      given.play([call('plan', { items })], { text: 'I mend it.' });
      given.provider.answerOtherwise({
        of: (request) => answer({ text: isForSummary(request) ? '# Task\nMend the tower.' : 'I have read it.' }),
      });
      // Its price jumps at 100,000 tokens, so that its conversations are kept below.
      const client = await given.start('Mend the tower.', { model: 'claude-haiku-5-5' });
      await endTurn(client);
      const titles = ['first', 'second', 'third', 'fourth', 'fifth'];
      for (const title of titles) assert.equal((await endTurn(client, page(title))).reason, 'finished');
      assert.deepEqual(contentsOf(client, 'PlanAction'), ['[x] Find the cause\n[>] Mend it']);
      assert.deepEqual(contentsOf(client, 'CondensationAction'), ['# Task\nMend the tower.']);
      assert.deepEqual((await nowOf(given, client.sessionId)).plan, items);
      const later = await given.agents.attachClient(client.sessionId);
      assert.deepEqual((await later.waitForType('session_state')).now?.plan, items);
      assert.match(given.sent(-1), /Mend the tower\..*Find the cause.*Mend it/);
      await given.stop(client);
    },
  },
];
