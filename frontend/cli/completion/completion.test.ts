// Completion offers what the program has, in every shell.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { makeContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { buildProgram } from '../program.ts';
import { allCommands, readTree } from './command-tree.ts';
import { shells, writeCompletion } from './completion-scripts.ts';

const tree = readTree(buildProgram('1.0.0', makeContext(), { exitCode: exitCodes.done }));
const scripts = Object.fromEntries(shells.map((shell) => [shell, writeCompletion(shell, tree)]));

/** What bash offers for a command line that is being typed. */
function completeInBash(...words: string[]): string[] {
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      `${scripts.bash}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lucid; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      'lucid',
      ...words,
    ],
    { encoding: 'utf8' },
  );
  assert.equal(stderr, '');
  return stdout.split('\n').filter((word) => word !== '');
}

test('bash completes commands, commands below them, options and choices', () => {
  assert.deepEqual(completeInBash('att'), ['attach']);
  assert.deepEqual(completeInBash('files', '').slice(0, 3), ['ls', 'cat', 'get']);
  assert.deepEqual(completeInBash('run', 'a task', '--bu'), ['--budget']);
  assert.deepEqual(completeInBash('chats', 'export', '--fo'), ['--format']);
  assert.deepEqual(completeInBash('completion', 'z'), ['zsh']);
  assert.deepEqual(completeInBash('run', '--json', '--de'), ['--detach']);
  assert.deepEqual(completeInBash('run', '--model', ''), ['anthropic', 'google', 'openai']);
  assert.deepEqual(completeInBash('chats', 'export', '--format', 'm'), ['markdown']);
});

for (const shell of shells)
  test(`the script for ${shell} has every command and every option of the program`, () => {
    const script = scripts[shell] ?? '';
    for (const { path, options } of allCommands(tree)) {
      if (path.length > 0) assert.ok(script.includes(path.join(' ')), path.join(' '));
      for (const flag of options.flatMap(({ flags }) => flags).filter((name) => name.startsWith('--')))
        assert.ok(script.includes(shell === 'fish' ? `-l ${flag.slice(2)}` : flag), flag);
    }
  });

const folder = mkdtempSync(path.join(tmpdir(), 'lucid-completion-'));
after(() => rmSync(folder, { recursive: true }));

/** Each reads a script without running it. */
const readers = { bash: ['-n'], zsh: ['-n'], fish: ['--no-execute'] };
for (const shell of shells)
  if (spawnSync(shell, ['-c', ':']).error)
    console.log(`There is no ${shell} here: whether it reads its script isn't tried.`);
  else
    test(`${shell} reads its script`, () => {
      const file = path.join(folder, shell);
      writeFileSync(file, scripts[shell] ?? '');
      const { stderr, status } = spawnSync(shell, [...readers[shell], file], { encoding: 'utf8' });
      assert.deepEqual([stderr, status], ['', 0]);
    });
