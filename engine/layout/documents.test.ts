// The project's documents link to and name only files, folders and names of the code that exist.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const sources = '{docs,deploy,engine,actors,sandbox,schema,bench,frontend}';
const documents = globSync(`{*.md,.github/**/*.md,${sources}/**/*.md}`, { cwd: root }).filter(isOurs);
/** Every file and folder, as a path from the root that begins with a slash. */
const entries = globSync(`${sources}/**`, { cwd: root })
  .filter(isOurs)
  .map((entry) => `/${entry}`);

test('every link of a document to a file leads to one', () => {
  assert.ok(documents.includes('README.md') && documents.includes('docs/protocol.md'));
  const broken = documents.flatMap((file) => {
    const links = [...readText(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link);
    const toFiles = links.filter((link) => link !== undefined && !/^[a-z]+:/.test(link));
    return toFiles.flatMap((link = '') =>
      existsSync(path.join(root, path.dirname(file), link)) ? [] : [`${file}: ${link}`],
    );
  });
  assert.deepEqual(broken, []);
});

test('every file and folder that a document names is there', () => {
  const named = documents
    .filter((file) => file !== 'CHANGELOG.md')
    .flatMap((file) => findNames(readText(file)).map((name) => ({ file, name })));
  assert.ok(named.length > 500, `only ${named.length} names were found`);
  const missing = named.filter(({ file, name }) => !isThere(name, file)).map(({ file, name }) => `${file}: ${name}`);
  assert.deepEqual(missing, []);
});

test('every name of the code that a document gives is in the code', () => {
  const code = globSync(`${sources}/**/*.{ts,tsx,mjs,py,sql}`, { cwd: root }).filter(isOurs).map(readText).join('\n');
  const words = new Set(code.match(/\w+/g));
  const named = documents
    .filter((file) => file !== 'CHANGELOG.md')
    .flatMap((file) => findQuoted(readText(file)).map((name) => ({ file, name })))
    .filter(({ name }) => /^[A-Za-z]+[a-z][A-Z]\w*$/.test(name));
  assert.ok(named.length > 20, `only ${named.length} names were found`);
  const missing = named.filter(({ name }) => !words.has(name)).map(({ file, name }) => `${file}: ${name}`);
  assert.deepEqual(missing, []);
});

test('a name in a document is looked for where its reader would look', () => {
  assert.deepEqual(findNames('`a.ts`, `b/`, `engine/c`, `/d/`, `GET /e.json`, `f.g`\n```\n`h.ts`\n```\n`i-*.mjs`'), [
    'a.ts',
    'b/',
    'engine/c',
    'i-*.mjs',
  ]);
  assert.ok(isThere('connection.ts', 'ARCHITECTURE.md'));
  assert.ok(isThere('providers/registry.ts', 'docs/turns.md'));
  assert.ok(isThere('connection.ts', 'engine/server/README.md'));
  assert.ok(isThere('listen-address*.ts', 'sandbox/git/README.md'));
  assert.equal(isThere('connection.ts', 'schema/README.md'), false);
  assert.equal(isThere('none-*.ts', 'sandbox/git/README.md'), false);
});

function isOurs(file: string): boolean {
  return !/(^|\/)(node_modules|dist)(\/|$)/.test(file);
}

function readText(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** The texts between backticks, outside of blocks of code. */
function findQuoted(text: string): string[] {
  return [...text.replace(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
}

/** The quoted texts that are a file's name, a folder's name with a slash at its end, or a path from the root. */
function findNames(text: string): string[] {
  const rooted = new RegExp(`^(?:${sources.slice(1, -1).replaceAll(',', '|')})/`);
  return findQuoted(text).filter(
    (name) =>
      /^[\w.@{*][\w.@{},*/-]*$/.test(name) && (/\.(?:ts|mjs|md|py|sql|json|yml)$|\/$/.test(name) || rooted.test(name)),
  );
}

/** Whether a named file exists: for a folder's README in its folder or below, for another document by the end of its path. */
function isThere(name: string, document: string): boolean {
  const folder = path.dirname(document);
  if (/[*{]/.test(name)) return [root, path.join(root, folder)].some((cwd) => globSync(name, { cwd }).length > 0);
  if (existsSync(path.join(root, name)) || existsSync(path.join(root, folder, name))) return true;
  const end = `/${name.replace(/\/$/, '')}`;
  const above = path.basename(document) === 'README.md' && folder !== '.' ? `/${folder}/` : '/';
  return entries.some((entry) => entry.startsWith(above) && entry.endsWith(end));
}
