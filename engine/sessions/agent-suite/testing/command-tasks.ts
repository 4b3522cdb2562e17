// Tasks with commands that take long, ask, or print much.
import assert from 'node:assert/strict';
import { answer } from '../../../../actors/testing/provider/steps.ts';
import { type AgentTask, begun, call, contentsOf, endTurn, finish, shell } from './agent-task.ts';

const ended = 'Background command 1 (until [ -e go ]; do sleep 0.1; done; echo built) has ended with exit code 0.';

/** In a session without a repository commands begin in the workspace. */
export const commandTasks: AgentTask[] = [
  {
    name: 'goes on while a slow build runs, and is told when it has ended',
    async act(given) {
      const build = 'until [ -e go ]; do sleep 0.1; done; echo built';
      given.play([call('shell', { command: build, background: true })], [shell('touch go')]);
      let looks = 0;
      given.provider.answerOtherwise({
        of: ({ body }) => {
          const heard = JSON.stringify(body);
          if (heard.includes('built\\n')) return answer({ calls: [finish('Built.')] });
          if (heard.includes('has ended with exit code 0')) return answer({ calls: [call('background', { id: 1 })] });
          return answer({ calls: [shell(`sleep 0.2; echo ${++looks}`)] });
        },
      });
      const client = await given.start('Build it.');
      assert.equal((await endTurn(client)).reason, 'finished');
      const meanwhile = Array.from({ length: looks }, () => ['CmdRunAction', 'CmdOutputObservation']).flat();
      await given.check(
        client,
        [
          ...begun,
          ['CmdRunAction', build],
          ['CmdOutputObservation', '[Background command 1 runs.]'],
          ['CmdRunAction', 'touch go'],
          ['CmdOutputObservation', ''],
          ...meanwhile,
          'CmdInputAction',
          ['CmdOutputObservation', 'built\n[Background command 1 has ended.]'],
          ['AgentFinishAction', 'Built.'],
          'completed',
        ],
        { leftOut: 'AgentNotice' },
      );
      assert.deepEqual(contentsOf(client, 'AgentNotice'), [ended]);
      await given.stop(client);
    },
  },
  {
    name: 'types into a command that runs in the background',
    async act(given) {
      const program = 'read name; echo "Hello, $name."';
      given.play(
        [call('shell', { command: program, background: true })],
        [call('background', { id: 1, input: 'Ada\n', waitSeconds: 10 })],
        [finish('Greeted.')],
      );
      const client = await given.start('Let it greet me.');
      await endTurn(client);
      await given.check(client, [
        ...begun,
        ['CmdRunAction', program],
        ['CmdOutputObservation', '[Background command 1 runs.]'],
        ['CmdInputAction', 'Ada\n'],
        ['CmdOutputObservation', /^Hello, Ada\.\n\[Background command 1 /],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(2), /Hello, Ada\./);
      await given.stop(client);
    },
  },
  {
    name: 'reads both ends of 1 MB, and searches the file that has all of it',
    async act(given) {
      given.play([
        shell('seq -f "line %.0f of the log" 1 50000; echo "lost here: $((6 * 7))"; seq -f "end %.0f" 1 9000'),
      ]);
      given.provider.plan('anthropic', {
        of: ({ body }) => {
          const [path = ''] = /[^\s"'[\]]*\.lucid\/output\/[\w.-]*\w/.exec(JSON.stringify(body)) ?? [];
          return answer({ calls: [call('search', { pattern: 'lost here', path })] });
        },
      });
      given.play([finish('42.')]);
      const client = await given.start('What was lost?');
      await endTurn(client);
      await given.check(client, [
        ...begun,
        'CmdRunAction',
        ['CmdOutputObservation', /^line 1 of the log\n.*\.lucid\/output\/.*end 9000\n$/s],
        'SearchAction',
        ['SearchObservation', /50001: ?lost here: 42/],
        'AgentFinishAction',
        'completed',
      ]);
      const [output = ''] = contentsOf(client, 'CmdOutputObservation');
      assert.ok(output.length < 2_400, `${output.length} characters are read of 1 MB`);
      await given.stop(client);
    },
  },
];
