// What a survey's output means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readSurvey } from './survey-command.ts';

test('a survey tells the system, the branch, the last commits, what is uncommitted, and where notes and skills are', () => {
  const output = [
    '\u001esystem\nLinux x86_64\nDebian GNU/Linux 12\n',
    '\u001ebranch\nmain\n',
    '\u001ecommits\na1b2c3d 2026-01-02 Add a cart\n',
    '\u001enotes\nAGENTS.md\nweb/AGENTS.md\n',
    '\u001eskills\n.claude/skills/x/SKILL.md\n',
    '\u001estatus\n M a.ts\n?? b.ts\n',
  ].join('');
  assert.deepEqual(readSurvey(output), {
    system: 'Linux x86_64, Debian GNU/Linux 12',
    git: { branch: 'main', commits: ['a1b2c3d 2026-01-02 Add a cart'], status: [' M a.ts', '?? b.ts'] },
    folderNotes: ['web/AGENTS.md'],
    skillFiles: ['.claude/skills/x/SKILL.md'],
  });
});

test('without a repository there is no state of git', () => {
  assert.deepEqual(readSurvey('\u001esystem\nLinux\n\u001enotes\n./a/AGENTS.md\n\u001eskills\n'), {
    system: 'Linux',
    folderNotes: ['a/AGENTS.md'],
    skillFiles: [],
  });
});

test('no output makes it throw', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\u001e', '\n', 'a', '/', ' ') }), (text) => void readSurvey(text)),
  );
});
