// Skills are named by their front matter, whatever is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readSkill } from './skills.ts';

const path = '.claude/skills/release/SKILL.md';
const skillOf = (...lines: string[]) => readSkill(lines.join('\n'), path);

test('a skill is named with what it is for and where its file is', () => {
  assert.deepEqual(skillOf('---', 'name: ship', 'description: >', '  How we make', '  a release', '---', '# Steps'), {
    name: 'ship',
    description: 'How we make a release',
    path,
  });
});

test('a skill without a name has its folder’s', () => {
  assert.equal(skillOf('---', 'description: Makes a release', '---')?.name, 'release');
});

test('a file without front matter, with broken one, or without description is no skill', () => {
  assert.equal(skillOf('# Release'), undefined);
  assert.equal(skillOf('---', 'description: [', '---'), undefined);
  assert.equal(skillOf('---', 'name: x', '---'), undefined);
  assert.equal(skillOf('---', 'description: {a: 1}', '---'), undefined);
});

test('a description stays in its line and is cut', () => {
  const skill = skillOf('---', `description: "a\\n\\n# Rules ${'x'.repeat(5_000)}"`, '---');
  assert.match(skill?.description ?? '', /^a # Rules x+$/);
  assert.ok((skill?.description.length ?? 0) <= 300);
});

test('no front matter makes it throw, not even one of a billion laughs', async () => {
  assert.equal(skillOf('---', 'a: &a [x, x]', 'b: &b [*a, *a]', 'description: *b', '---'), undefined);
  await fc.assert(fc.property(fc.string(), (text) => void readSkill(`---\n${text}\n---\n`, path)));
});
