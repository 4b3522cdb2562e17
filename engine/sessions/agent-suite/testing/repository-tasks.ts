// Tasks in a repository: what it says of itself is followed, its files are changed, hooks and setup run, branches are pushed.
import assert from 'node:assert/strict';
import { type AgentTask, call, cloned, contentsOf, edit, endTurn, finish, read, shell } from './agent-task.ts';

const sums = {
  'sum.sh': 'echo $(($1 - $2))\n',
  'test.sh': 'sum=$(sh sum.sh 2 3)\n[ "$sum" = 5 ] && echo passed || { echo "2 and 3 are $sum"; exit 1; }\n',
};
const pushTo = (branch: string, message: string) =>
  `git checkout -q -b ${branch} && git commit -qam "${message}" && git push -q origin ${branch}`;

export const repositoryTasks: AgentTask[] = [
  {
    name: 'mends a failing test and pushes a branch',
    async act(given) {
      given.play(
        [shell('sh test.sh'), read('sum.sh')],
        [edit('sum.sh', '$1 - $2', '$1 + $2')],
        [shell('sh test.sh')],
        [shell(pushTo('fix/sum', 'Add up'))],
        [finish('It is on fix/sum.')],
      );
      const { client, repository } = await given.startIn(sums, 'The sum is wrong. Mend it, and push a branch.');
      assert.equal((await endTurn(client)).reason, 'finished');
      await given.check(client, [
        ...cloned,
        'CmdRunAction',
        ['CmdOutputObservation', '2 and 3 are -1\n'],
        'FileReadAction',
        ['FileReadObservation', sums['sum.sh']],
        'FileEditAction',
        ['FileEditObservation', 'Replaced the text at line 1 in /workspace/repo/sum.sh.'],
        'CmdRunAction',
        ['CmdOutputObservation', 'passed\n'],
        'CmdRunAction',
        ['CmdOutputObservation', ''],
        ['AgentFinishAction', 'It is on fix/sum.'],
        'completed',
      ]);
      assert.match(given.sent(1), /"content":(\[\{"type":"text","text":)?"2 and 3 are -1\\n.*exit code/i);
      assert.match(given.sent(-1), /passed/);
      assert.equal(given.agents.git.runGit(repository, 'show', 'fix/sum:sum.sh'), 'echo $(($1 + $2))\n');
      const commit = given.agents.git.runGit(repository, 'log', '-1', '--format=%an <%ae> %s', 'fix/sum');
      assert.equal(commit, 'Ada Lovelace <ada@example.com> Add up\n');
      await given.stop(client);
    },
  },
  {
    name: 'has AGENTS.md of the root before its first step, once',
    async act(given) {
      const notes = 'Commits begin with the word of their folder.';
      given.play([shell('git log --format=%s')], [finish('So it is.')]);
      const { client } = await given.startIn({ ...sums, 'AGENTS.md': `${notes}\n` }, 'How do commits begin?');
      await endTurn(client);
      const told =
        /<project_notes path="AGENTS\.md">\nCommits begin with the word of their folder\.\n<\/project_notes>/;
      await given.check(client, [
        ...cloned.slice(0, -1),
        ['ProjectKnowledge', told],
        'CmdRunAction',
        ['CmdOutputObservation', 'First\n'],
        'AgentFinishAction',
        'completed',
      ]);
      await endTurn(client, 'And again?');
      assert.equal(given.timesAsked, 3);
      for (const at of [0, 1, 2]) assert.equal(given.sent(at).split(notes).length, 2, `request ${at}`);
      await given.stop(client);
    },
  },
  {
    name: 'is told the notes of a folder when its work gets there',
    async act(given) {
      const notes = 'In here there is no jQuery.';
      given.play([read('sum.sh')], [read('web/ui/a.js')], [read('web/ui/a.js')], [finish('Read.')]);
      const files = { ...sums, 'web/AGENTS.md': `${notes}\n`, 'web/ui/a.js': 'go();\n' };
      const { client } = await given.startIn(files, 'Read it.');
      await endTurn(client);
      await given.check(client, [
        ...cloned,
        'FileReadAction',
        'FileReadObservation',
        'FileReadAction',
        ['FileReadObservation', 'go();\n'],
        ['ProjectNotes', /<project_notes path="web\/AGENTS\.md">\nIn here there is no jQuery\./],
        'FileReadAction',
        ['FileReadObservation', 'go();\n'],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(0), /There are notes of folders too.*web\/AGENTS\.md/);
      assert.deepEqual(
        [0, 1, 2, 3].map((at) => given.sent(at).split(notes).length - 1),
        [0, 0, 1, 1],
      );
      await given.stop(client);
    },
  },
  {
    name: 'is told of a skill, reads it and does as it says',
    async act(given) {
      const skill = '---\nname: ship\ndescription: Makes a release\n---\nRun `sh release.sh`.\n';
      const path = '.agents/skills/ship/SKILL.md';
      given.play([read(path)], [shell('sh release.sh')], [finish('Released.')]);
      const { client } = await given.startIn({ [path]: skill, 'release.sh': 'echo released\n' }, 'Make a release.');
      await endTurn(client);
      await given.check(client, [
        ...cloned.slice(0, -1),
        ['ProjectKnowledge', /\n- ship \(\.agents\/skills\/ship\/SKILL\.md\): Makes a release/],
        'FileReadAction',
        ['FileReadObservation', skill],
        'CmdRunAction',
        ['CmdOutputObservation', 'released\n'],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(0), /Read one when the task is of its kind/);
      assert.doesNotMatch(given.sent(0), /sh release\.sh/);
      await given.stop(client);
    },
  },
  {
    name: 'makes several edits in one call, all or nothing',
    async act(given) {
      const edits = (second: string) => [
        { oldText: 'one', newText: 'ONE' },
        { oldText: second, newText: 'THREE' },
      ];
      given.play(
        [call('edit', { path: 'list', edits: edits('four') })],
        [read('list')],
        [call('edit', { path: 'list', edits: edits('three') })],
        [read('list')],
        [finish('Both.')],
      );
      const { client } = await given.startIn({ list: 'one\ntwo\nthree\n' }, 'Shout.');
      await endTurn(client);
      await given.check(client, [
        ...cloned,
        'FileEditAction',
        'ErrorObservation',
        'FileReadAction',
        ['FileReadObservation', 'one\ntwo\nthree\n'],
        'FileEditAction',
        'FileEditObservation',
        'FileReadAction',
        ['FileReadObservation', 'ONE\ntwo\nTHREE\n'],
        'AgentFinishAction',
        'completed',
      ]);
      const [edited] = client.events.filter(({ eventType }) => eventType === 'FileEditObservation');
      assert.match(edited?.diff ?? '', /-one\n\+ONE\n.*-three\n\+THREE\n/s);
      assert.match(given.sent(1), /"is_error":true/);
      await given.stop(client);
    },
  },
  {
    name: 'has hooks of the repository after an edit, and reads what they say',
    async act(given) {
      const command = 'sed -i "s/ *$//" "$LUCID_PATH" && echo formatted';
      const hooks = JSON.stringify({ after: [{ tool: 'edit', path: '**/*.txt', command }] });
      given.play([edit('a.txt', 'one', 'two   ')], [shell('cat a.txt')], [finish('Formatted.')]);
      const { client } = await given.startIn({ '.lucid/hooks.json': hooks, 'a.txt': 'one\n' }, 'Change it.');
      await endTurn(client);
      await given.check(client, [
        ...cloned,
        'FileEditAction',
        ['FileEditObservation', /\n\[The hook sed .* says:\]\nformatted$/],
        'CmdRunAction',
        ['CmdOutputObservation', 'two\n'],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(1), /says:\]\\nformatted/);
      await given.stop(client);
    },
  },
  {
    name: 'has .lucid/setup.sh run once, before its first step',
    async act(given) {
      const files = { '.lucid/setup.sh': 'echo installing; echo ran >> ~/setup-ran\n', 'a.txt': 'a\n' };
      given.play([shell('cat ~/setup-ran')], [finish('There.')], [shell('cat ~/setup-ran  ')], [finish('Still.')]);
      const { client } = await given.startIn(files, 'What is set up?');
      await endTurn(client);
      await endTurn(client, 'And now?');
      assert.deepEqual(contentsOf(client, 'CmdOutputObservation'), ['ran\n', 'ran\n']);
      const setups = contentsOf(client, 'WorkspaceSetup');
      assert.match(
        setups.at(-1) ?? '',
        /^The repository's \.lucid\/setup\.sh was run in \d+ s\.\nIt printed:\ninstalling$/,
      );
      await given.check(client, [
        ...cloned.slice(0, 3),
        'WorkspaceSetup',
        'WorkspaceSetup',
        ...cloned.slice(3),
        'CmdRunAction',
        'CmdOutputObservation',
        'AgentFinishAction',
        'completed',
        'UserMessage',
        'CmdRunAction',
        'CmdOutputObservation',
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(0), /It printed:\\ninstalling/);
      await given.stop(client);
    },
  },
];
