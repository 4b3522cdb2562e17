// Hooks of the repository and of the operator: they block calls, add to results, and are told of where they make no sense.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';
import type { TestClient } from '../testing/client.ts';

const folder = mkdtempSync('/tmp/lucid-hooks-');
after(() => rmSync(folder, { recursive: true }));
const operatorFile = path.join(folder, 'hooks.json');
writeFileSync(
  operatorFile,
  JSON.stringify({
    before: [{ tool: 'shell', command: 'case "$LUCID_COMMAND" in *forbidden*) echo "Not here."; exit 2;; esac' }],
  }),
);

const agents = shareTestAgents('local', { environment: { HOOKS_FILE: operatorFile } });
const { shell } = callsOf('anthropic');
const write = (name: string, content: string) => ({ name: 'write', input: { path: name, content } });

const contents = ({ events }: TestClient, eventType: string) =>
  events.filter((frame) => frame.eventType === eventType).map(({ content = '' }) => content);

const hooks = {
  before: [{ path: '**/locked.txt', command: 'echo "It is locked: $LUCID_PATH"; exit 2' }],
  after: [
    { tool: 'write', path: '**/*.py', command: 'printf "formatted %s" "$LUCID_TOOL"' },
    { tool: 'write', path: '**/*.md', command: 'echo broken; exit 1' },
    { tool: 'write', path: '**/*.slow', command: 'sleep 60', timeoutSeconds: 1 },
  ],
};

testIn.local(
  'hooks of the repository block calls and add to what comes of them; the operator’s come first',
  async () => {
    const held = await agents();
    held.fakeProvider.plan(
      'anthropic',
      answer({ calls: [shell(`mkdir -p .lucid; cat > .lucid/hooks.json <<'EOF'\n${JSON.stringify(hooks)}\nEOF`)] }),
      answer({ text: 'They are there.' }),
      answer({
        calls: [
          write('a.py', 'x'),
          write('locked.txt', 'x'),
          write('b.md', 'x'),
          write('c.slow', 'x'),
          write('d.txt', 'x'),
        ],
      }),
      answer({ calls: [shell('echo forbidden; touch e'), shell('ls')] }),
      answer({ text: 'Done.' }),
    );
    const client = await held.startClient('hooks');
    const first = await client.waitForStatus('completed');
    client.send({ type: 'message', content: 'Go on.' });
    await client.waitForStatus('completed', first.sequence);
    const [python, markdown, slow, plain] = contents(client, 'FileWriteObservation');
    assert.match(python ?? '', /\n\[The hook printf .* says:\]\nformatted write$/);
    assert.match(markdown ?? '', /failed with exit code 1:\]\nbroken$/);
    assert.match(slow ?? '', /It was ended after 1 s\.$/);
    assert.doesNotMatch(plain ?? '', /hook/);
    const [locked, forbidden] = contents(client, 'ErrorObservation');
    assert.match(locked ?? '', /^A hook blocked this call, which was not run .*\nIt is locked: .*locked\.txt$/s);
    assert.match(forbidden ?? '', /^A hook blocked this call.*Not here\.$/s);
    const listed = contents(client, 'CmdOutputObservation').at(-1) ?? '';
    assert.doesNotMatch(listed, /locked|\be\n/);
  },
);

testIn.local('hooks that make no sense are told to the agent once, and nothing of them is run', async () => {
  const held = await agents();
  held.fakeProvider.plan(
    'anthropic',
    answer({ calls: [shell(`mkdir -p .lucid; echo '{"before":[{"comand":"x"}]}' > .lucid/hooks.json`)] }),
    answer({ text: 'There.' }),
    answer({ calls: [write('a.py', 'x')] }),
    answer({ text: 'Done.' }),
    answer({ text: 'Done again.' }),
  );
  const client = await held.startClient('bad hooks');
  let { sequence } = await client.waitForStatus('completed');
  for (const content of ['Go on.', 'And on.']) {
    client.send({ type: 'message', content });
    ({ sequence } = await client.waitForStatus('completed', sequence));
  }
  assert.equal(
    contents(client, 'AgentNotice').filter((notice) => notice.startsWith('The hooks in .lucid/hooks.json')).length,
    1,
  );
  assert.equal(contents(client, 'FileWriteObservation').length, 1);
});
