// Tasks that wait for a person: questions, approvals and plans, and what only looks.
import assert from 'node:assert/strict';
import type { TestClient } from '../../../testing/client.ts';
import { type AgentTask, begun, call, contentsOf, endTurn, finish, read, shell } from './agent-task.ts';

/** The call that waits, of those that have come; the nth from 0 on. */
async function waitForWant(client: TestClient, eventType: string, nth = 0): Promise<string> {
  const wants = () => client.events.filter((event) => event.eventType === eventType);
  const want = await client.waitFor(`${eventType} ${nth}`, () => wants().length > nth).then(() => wants()[nth]);
  return want?.waitingFor?.toolCallId ?? '';
}

const write = (path: string, content: string) => call('write', { path, content });

export const waitingTasks: AgentTask[] = [
  {
    name: 'asks, and is answered after a restart of the engine',
    async act(given) {
      const question = call('ask_user', { question: 'Which database?', options: ['PostgreSQL', 'SQLite'] });
      given.play([shell('echo kept > a')], [question], [shell('cat a')], [finish('PostgreSQL it is.')]);
      const client = await given.start('Build it.', { policy: { mode: 'auto' } });
      const toolCallId = await waitForWant(client, 'AskUserAction');
      assert.equal(given.timesAsked, 2);
      await given.restart();
      const back = await given.agents.attachClient(client.sessionId);
      back.send({ type: 'answer', id: 'a-1', toolCallId, content: 'PostgreSQL' });
      const completed = await endTurn(back);
      assert.equal(completed.reason, 'finished');
      assert.partialDeepStrictEqual(completed.usage, { steps: 4 });
      await given.check(back, [
        ...begun,
        'CmdRunAction',
        'CmdOutputObservation',
        ['AskUserAction', 'Which database?'],
        ['UserAnswer', 'PostgreSQL'],
        'CmdRunAction',
        ['CmdOutputObservation', 'kept\n'],
        ['AgentFinishAction', 'PostgreSQL it is.'],
        'completed',
      ]);
      assert.match(
        given.sent(2),
        /"tool_result","tool_use_id":"[^"]+","content":(\[\{"type":"text","text":)?"PostgreSQL"/,
      );
      await given.stop(back);
    },
  },
  {
    name: 'is denied a command with words, and does without',
    async act(given) {
      given.play([shell('touch made')], [shell('ls')], [finish('I left it.')]);
      const client = await given.start('Make it.', { policy: { mode: 'ask' } });
      const toolCallId = await waitForWant(client, 'ApprovalWanted');
      client.send({ type: 'decide', id: 'd-1', toolCallId, decision: 'deny', message: 'Not on a Friday.' });
      assert.equal((await endTurn(client)).reason, 'finished');
      await given.check(client, [
        ...begun,
        ['CmdRunAction', 'touch made'],
        'ApprovalWanted',
        'ApprovalDecision',
        ['ErrorObservation', /Not on a Friday\./],
        'CmdRunAction',
        ['CmdOutputObservation', ''],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(1), /Not on a Friday\./);
      await given.stop(client);
    },
  },
  {
    name: 'runs a command as the user changed it',
    async act(given) {
      given.play([shell('echo one > a; cat a')], [finish('Two.')]);
      const client = await given.start('Write it.', { policy: { mode: 'ask' } });
      const toolCallId = await waitForWant(client, 'ApprovalWanted');
      const input = { command: 'echo two > a; cat a' };
      client.send({ type: 'decide', id: 'd-1', toolCallId, decision: 'allow', input });
      await endTurn(client);
      await given.check(client, [
        ...begun,
        ['CmdRunAction', 'echo one > a; cat a'],
        'ApprovalWanted',
        'ApprovalDecision',
        ['CmdOutputObservation', /two\n/],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(1), /The user changed the input of this call.*two\\n/);
      await given.stop(client);
    },
  },
  {
    name: 'asks once for what is allowed for the session, after a restart too',
    async act(given) {
      given.play([shell('touch a')], [shell('touch b; ls')], [finish('Both.')]);
      const client = await given.start('Make them.', { policy: { mode: 'ask' } });
      const toolCallId = await waitForWant(client, 'ApprovalWanted');
      client.send({ type: 'decide', id: 'd-1', toolCallId, decision: 'allowForSession' });
      await endTurn(client);
      await given.restart();
      given.play([shell('touch c; ls')], [finish('All.')]);
      const back = await given.agents.attachClient(client.sessionId);
      await endTurn(back, 'And c.');
      const turn = ['CmdRunAction', 'CmdOutputObservation', 'AgentFinishAction', 'completed'];
      await given.check(back, [
        ...begun,
        'CmdRunAction',
        'ApprovalWanted',
        'ApprovalDecision',
        'CmdOutputObservation',
        ...turn,
        'UserMessage',
        ...turn,
      ]);
      assert.deepEqual(contentsOf(back, 'CmdOutputObservation'), ['', 'a\nb\n', 'a\nb\nc\n']);
      await given.stop(back);
    },
  },
  {
    name: 'presents a plan, has it sent back, and begins once the next is allowed',
    async act(given) {
      given.play(
        [write('a', 'too soon')],
        [call('present_plan', { plan: '1. Write a.' })],
        [call('present_plan', { plan: '1. Write a.\n2. Test it.' })],
        [write('a', 'planned\n')],
        [finish('As planned.')],
      );
      const client = await given.start('Write a.', { policy: { mode: 'plan' } });
      const first = await waitForWant(client, 'PresentPlanAction');
      client.send({ type: 'decide', id: 'd-1', toolCallId: first, decision: 'deny', message: 'Test it, too.' });
      const second = await waitForWant(client, 'PresentPlanAction', 1);
      assert.match(given.sent(2), /Test it, too\./);
      client.send({ type: 'decide', id: 'd-2', toolCallId: second, decision: 'allow' });
      assert.equal((await endTurn(client)).reason, 'finished');
      await given.check(client, [
        ...begun,
        'FileWriteAction',
        'ErrorObservation',
        ['PresentPlanAction', '1. Write a.'],
        'ApprovalDecision',
        ['PresentPlanObservation', /Test it, too\./],
        ['PresentPlanAction', '1. Write a.\n2. Test it.'],
        'ApprovalDecision',
        'PresentPlanObservation',
        'FileWriteAction',
        'FileWriteObservation',
        'AgentFinishAction',
        'completed',
      ]);
      await given.stop(client);
    },
  },
  {
    name: 'is refused a write where it may only look',
    async act(given) {
      const files = { 'a.txt': 'as it was\n' };
      given.play([write('a.txt', 'changed')], [shell('echo x > a.txt')], [read('a.txt')], [finish('As it was.')]);
      const { client } = await given.startIn(files, 'Change it.', { policy: { mode: 'read-only' } });
      assert.equal((await endTurn(client)).reason, 'finished');
      await given.check(client, [
        'initializing',
        'InitialTask',
        'RepositoryCloned',
        'ready',
        'ProjectKnowledge',
        'FileWriteAction',
        'ErrorObservation',
        'CmdRunAction',
        'ErrorObservation',
        'FileReadAction',
        ['FileReadObservation', 'as it was\n'],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(1), /"is_error":true/);
      await given.stop(client);
    },
  },
];
