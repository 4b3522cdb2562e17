// Which files are notes, and which folders' notes the work reaches.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { chooseFolderNotes, findReachedNotes } from './project-notes.ts';

const notes = ['packages/web/AGENTS.md', 'packages/web/ui/CLAUDE.md', 'docs/AGENTS.md'];
const reachedBy = (call: { path?: string; command?: string }) => findReachedNotes([call], '/workspace/repo', notes);

test('of a folder the name that most tools know counts, and those of the root are left out', () => {
  assert.deepEqual(chooseFolderNotes(['AGENTS.md', 'a/CLAUDE.md', 'a/AGENTS.md', 'b/GEMINI.md', 'b/README.md']), [
    'a/AGENTS.md',
    'b/GEMINI.md',
  ]);
});

test('a file is reached by its path, with the notes of every folder above it, the outer ones first', () => {
  assert.deepEqual(reachedBy({ path: '/workspace/repo/packages/web/ui/button.ts' }), [
    'packages/web/AGENTS.md',
    'packages/web/ui/CLAUDE.md',
  ]);
  assert.deepEqual(reachedBy({ path: '/workspace/repo/docs' }), ['docs/AGENTS.md']);
  assert.deepEqual(reachedBy({ path: '/workspace/repo/docs-old/a.md' }), []);
});

test('a command reaches a folder that it names as a whole path', () => {
  for (const command of ['cd packages/web && npm test', 'ls "packages/web"', 'cat /workspace/repo/packages/web/a.ts'])
    assert.deepEqual(reachedBy({ command }), ['packages/web/AGENTS.md'], command);
  assert.deepEqual(reachedBy({ command: 'ls packages/web-old mydocs' }), []);
});

test('no path and no command makes it throw, and nothing is reached that isn’t a note', async () => {
  await fc.assert(
    fc.property(fc.string(), fc.string(), fc.array(fc.string()), (path, command, listed) => {
      const reached = findReachedNotes([{ path, command }], '/workspace/repo', chooseFolderNotes(listed));
      assert.ok(reached.every((note) => listed.includes(note)));
    }),
  );
});

test('paths of notes take little room, however deep their folders are', () => {
  const deep = Array.from({ length: 50 }, (_, at) => `${'deep/'.repeat(700)}${at}/AGENTS.md`);
  const listed = chooseFolderNotes([...deep, 'web/AGENTS.md', 'api/AGENTS.md']);
  assert.ok(listed.includes('web/AGENTS.md') && listed.includes('api/AGENTS.md'));
  assert.ok(listed.join('').length <= 4_000);
});
