// The project's documents: what they lead to is there.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const documents = globSync('{*.md,{docs,engine,actors,sandbox,schema,bench}/**/*.md}', { cwd: root });

test('every link of a document to a file leads to one', () => {
  assert.ok(documents.includes('README.md') && documents.includes('docs/protocol.md'));
  const broken = documents.flatMap((file) => {
    const links = [...readFileSync(path.join(root, file), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(
      ([, link]) => link,
    );
    const toFiles = links.filter((link) => link !== undefined && !/^[a-z]+:/.test(link));
    return toFiles.flatMap((link = '') =>
      existsSync(path.join(root, path.dirname(file), link)) ? [] : [`${file}: ${link}`],
    );
  });
  assert.deepEqual(broken, []);
});
