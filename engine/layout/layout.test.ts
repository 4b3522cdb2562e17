// The rules that biome.json can't keep: sizes, names, first lines, READMEs, and tests that are switched off by an option.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const folders = ['schema', 'sandbox', 'actors', 'engine', 'bench', 'frontend'];
const linesOfFileMax = 400;
const linesOfFunctionMax = 70;
const linesOfReadmeMax = 15;

/** Files that may be longer, each with the reason why it can't be split. */
const mayBeLonger: Record<string, string> = {};
const readmesThatMayBeLonger: Record<string, string> = {
  'frontend/console': 'It holds the design language, which is read as one.',
};

type Source = { file: string; text: string };

const sources: Source[] = globSync(`{${folders.join(',')}}/**/*.{ts,tsx,mjs}`, { cwd: root })
  .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file))
  .sort()
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

/** Patterns that are looked for in the text of formatted files. */
const patterns = {
  environment: /\{[^{}]*\benv\b[^{}]*\} = process;/g,
  /** A getter or setter, from its name to the first brace with its indentation. */
  accessor: /^( *)(?:static )?(?:get|set) [\w#]+\(.*\{\n[\s\S]*?^\1\}/gm,
  offByOption:
    /^\s*(?:test|it|describe|suite|t\.test)\((?:[^\n]*,|\n[^\n]*,\n)\s*\{[^{}]*\b(?:skip|todo|only)\b(?!: false)/gm,
  offByCall: /\b(?:test|it|describe|suite|t|context)\.(?:skip|todo|only)\b/g,
};

const isTest = (file: string) => file.includes('.test.') || /(^|\/)testing\//.test(file);
const linesIn = (text: string) => text.replace(/\n$/, '').split('\n').length;

/** `file:line: what is wrong. What to do.`, for each place where `pattern` matches. */
function problemsOf({ file, text }: Source, pattern: RegExp, what: string): string[] {
  return [...text.matchAll(pattern)].map(({ index }) => `${file}:${linesIn(text.slice(0, index + 1))}: ${what}`);
}

function check(problems: readonly string[]): void {
  if (problems.length > 0) assert.fail(`\n\n${problems.join('\n')}\n`);
}

test('each pattern finds the faults that are planted for it, and nothing else', () => {
  const { environment, accessor, offByOption, offByCall } = patterns;
  const finds = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].length;
  assert.equal(finds(environment, 'const { env } = process;\nconst { pid, env: all } = process;'), 2);
  assert.equal(finds(environment, 'const { pid } = process;\nconst { env } = options;'), 0);
  const [whole] = '  get a() {\n    if (b) {\n    }\n  }\n  get c() {\n  }'.matchAll(accessor);
  assert.equal(whole?.[0], '  get a() {\n    if (b) {\n    }\n  }');
  for (const option of ['skip: true', "todo: 'later'", 'timeout: 3, only: isHere', 'skip']) {
    assert.equal(finds(offByOption, `test('a', { ${option} }, () => {});`), 1, option);
    assert.equal(finds(offByOption, `  t.test('a', { ${option} }, () => {});`), 1, option);
    assert.equal(finds(offByOption, `test(\n  'a',\n  { ${option} },\n  () => {},\n);`), 1, option);
  }
  assert.equal(finds(offByOption, `test('a', { skip: false }, () => {});\ntest('a', () => ask({ skip: 1 }));`), 0);
  assert.equal(finds(offByCall, `test.todo('a'); t.skip();`), 2);
});

test('tsconfig.json includes every source folder', () => {
  const includedIn = (file: string): string[] => {
    const { include } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { include: string[] };
    return include.map((folder) => path.join(path.dirname(file), folder));
  };
  const included = ['tsconfig.json', 'frontend/tsconfig.json'].flatMap(includedIn);
  assert.deepEqual(included.sort(), [...folders].sort());
});

test('no file takes `env` out of `process`, which the rule for `process.env` does not find', () => {
  const outside = sources.filter(({ file }) => !isTest(file) && !/^(bench|frontend\/cli|engine\/setup)\//.test(file));
  check(
    outside.flatMap((source) =>
      problemsOf(source, patterns.environment, 'Add the variable to engine/config.ts and take its value.'),
    ),
  );
});

test(`no file is longer than ${linesOfFileMax} lines`, () => {
  const long = sources.filter(({ file, text }) => linesIn(text) > linesOfFileMax && !mayBeLonger[file]);
  check(long.map(({ file, text }) => `${file}:1: It has ${linesIn(text)} lines. Split it by what it is about.`));
});

test('every file that may be longer is longer, and says why', () => {
  const long = sources.filter(({ text }) => linesIn(text) > linesOfFileMax).map(({ file }) => file);
  const stale = Object.keys(mayBeLonger).filter((file) => !long.includes(file));
  check(stale.map((file) => `engine/layout/layout.test.ts:1: ${file} is short enough now. Take it off mayBeLonger.`));
  for (const [file, reason] of Object.entries(mayBeLonger)) assert.match(reason, /^[A-Z].{20,}\.$/, file);
});

test(`no getter or setter is longer than ${linesOfFunctionMax} lines`, () => {
  const problems = sources.flatMap(({ file, text }) =>
    [...text.matchAll(patterns.accessor)]
      .filter(([whole]) => linesIn(whole) > linesOfFunctionMax)
      .map(([whole]) => `${file}: ${linesIn(whole)} lines from ${whole.trim().split('\n')[0]} on. Name its steps.`),
  );
  check(problems);
});

test('every source file opens with a sentence about its purpose', () => {
  const isSentence = ({ text }: Source) => {
    const opening = /^(?:#!.*\n)?((?:\/\/ .*\n)+)/.exec(text)?.[1] ?? '';
    const sentence = opening
      .replaceAll(/^\/\/ /gm, '')
      .replaceAll('\n', ' ')
      .trim();
    return /^[^a-z\s].*[.:?]$/.test(sentence) || /^(uWebSockets\.js|npm) .*\.$/.test(sentence);
  };
  const without = sources.filter((source) => !isSentence(source));
  check(without.map(({ file }) => `${file}:1: Say in a comment what it is, in a sentence with a full stop.`));
});

test('no file is named for being a manager, a service, a helper, common, or utils', () => {
  const vague = /(^|[-._])(managers?|services?|helpers?|utils?|utilities|commons?)([-._]|$)/i;
  const named = sources.filter(({ file }) => file.split('/').some((part) => vague.test(part)));
  check(named.map(({ file }) => `${file}:1: Its name says nothing. Name it for the thing it is about.`));
});

test('no test is skipped, left to do or run alone by an option or while it runs', () => {
  const what = 'A test that does not run proves nothing. Let it run, or take it out.';
  const tests = sources.filter(({ file }) => isTest(file) && !file.startsWith('engine/layout/'));
  check(
    tests.flatMap((source) =>
      [patterns.offByOption, patterns.offByCall].flatMap((pattern) => problemsOf(source, pattern, what)),
    ),
  );
});

test('no comment holds work to be done', () => {
  const mark = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'XX' + 'X'].join('|')})\\b`, 'g');
  const what = 'Work left in a comment is forgotten. Do it, or open an issue.';
  check(sources.flatMap((source) => problemsOf(source, mark, what)));
});

test(`every folder with sources has a README of at most ${linesOfReadmeMax} lines`, () => {
  const withSources = [...new Set(sources.map(({ file }) => path.dirname(file)))];
  const problems = withSources.flatMap((folder) => {
    const readme = path.join(root, folder, 'README.md');
    if (!existsSync(readme))
      return [`${folder}/README.md:1: It is missing. Say what lives here, on which thread, and what it may import.`];
    const lines = linesIn(readFileSync(readme, 'utf8'));
    return lines > linesOfReadmeMax && !(folder in readmesThatMayBeLonger)
      ? [`${folder}/README.md:${linesOfReadmeMax + 1}: It has ${lines} lines. Say less.`]
      : [];
  });
  check(problems);
});
