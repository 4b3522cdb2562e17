// What is accepted of an operator's files for agents.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readConfig } from '../config.ts';
import { instructionsBytesMax } from './operator-files.ts';

let base: string;
before(() => {
  base = mkdtempSync('/tmp/lucid-operator-');
});
after(() => rmSync(base, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => {
  const file = path.join(base, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};

test('instructions are read from their file; none, too large ones and what is no text are refused', () => {
  const file = write('notes.md', 'Speak Dutch.');
  assert.equal(readConfig({ INSTRUCTIONS_FILE: file }).INSTRUCTIONS_FILE, 'Speak Dutch.');
  const refused = (path: string, why: RegExp) =>
    assert.throws(() => readConfig({ INSTRUCTIONS_FILE: path }), { message: why });
  refused('/nowhere', /^INSTRUCTIONS_FILE names \/nowhere, which can't be read as text: ENOENT.*; it accepts /);
  refused(
    write('large', 'x'.repeat(instructionsBytesMax + 1)),
    /large, which has 32769 bytes; it accepts .*32768 bytes\.$/,
  );
  refused(write('binary', Uint8Array.of(0xff, 0xfe)), /which can't be read as text: .*utf-8/);
});

test('skills are read with their files; a folder without SKILL.md, too many files or bytes are refused', () => {
  write('skills/ship/SKILL.md', '---\ndescription: Makes a release\n---\n');
  write('skills/ship/steps/one.sh', 'echo 1');
  const folder = path.join(base, 'skills');
  const [skill] = readConfig({ SKILLS_FOLDER: folder }).SKILLS_FOLDER ?? [];
  assert.deepEqual(
    [skill?.name, skill?.description, skill?.files.map((file) => file.path).sort()],
    ['ship', 'Makes a release', ['SKILL.md', 'steps/one.sh']],
  );
  write('skills/ship/large', new Uint8Array(2 * 1024 * 1024));
  const refused = (named: string, why: RegExp) =>
    assert.throws(() => readConfig({ SKILLS_FOLDER: named }), { message: why });
  refused(folder, /skills, whose files have more than 2097152 bytes; it accepts /);
  rmSync(path.join(folder, 'ship/large'));
  mkdirSync(path.join(folder, 'empty'));
  refused(folder, /which can't be read: ENOENT.*empty\/SKILL\.md/);
  write('skills/empty/SKILL.md', 'Nothing in front.');
  refused(folder, /in which empty\/SKILL\.md has no front matter with a description;/);
  refused('/nowhere', /^SKILLS_FOLDER names \/nowhere, which can't be read: ENOENT/);
});
