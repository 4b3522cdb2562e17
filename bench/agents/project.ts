// The repository that agents work on in the bench: a small one in TypeScript, the same each time.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The modules that the script works through, one after the other. */
export const moduleNames = ['invoice', 'payment', 'refund', 'customer', 'tax', 'report', 'currency'] as const;

/** The one long file. */
export const longFile = 'src/ledger.ts';

const verbs = ['sum', 'list', 'find', 'count', 'check', 'merge', 'split', 'sort', 'group', 'trim'];
const things = ['Open', 'Late', 'Paid', 'Draft', 'Split', 'Bulk', 'Daily', 'Foreign', 'Void', 'Gross'];

const capitalize = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
const takeTurns = (words: readonly string[], at: number): string => words[at % words.length] ?? '';

export const functionNameOf = (name: string, at: number): string =>
  `${takeTurns(verbs, at)}${takeTurns(things, Math.floor(at / verbs.length) + at)}${capitalize(name)}`;

/** Lines of one function. */
export const functionLines = 9;

/** The lines that the script changes in a function, and what it makes of them. */
export const oldLinesOf = (at: number): string =>
  `    if (entry.cents < ${at} || entry.isVoid) continue;\n    total += entry.cents - entry.paidCents;\n`;
export const newLinesOf = (at: number): string =>
  `    // A void entry was taken back by whoever had made it, so it counts nowhere, whatever it had come to.
    if (entry.isVoid) continue;
    const openCents = entry.cents - entry.paidCents;
    // What is smaller than this isn't worth asking a customer for, and the books are balanced without it.
    if (openCents < ${at}) continue;
    total += openCents;
`;

/** Said of each function of a module, though not in the long file. */
const remark =
  ' Entries may come in any order and more than once; what was paid in another currency is in cents of the day it was paid.';

const writeFunction = (name: string, at: number, said: string): string =>
  `/** What the ${takeTurns(things, at).toLowerCase()} entries of a ${name} come to, from line ${at} on.${said} */
export function ${functionNameOf(name, at)}(entries: readonly Entry[]): number {
  let total = 0;
  for (const entry of entries) {
${oldLinesOf(at)}  }
  return Math.round(total / ${at + 1});
}`;

const writeModule = (name: string, functions: number, said: string): string =>
  `${[`import type { Entry } from './entry.ts';\n`, ...Array.from({ length: functions }, (_, at) => writeFunction(name, at, said))].join('\n')}\n`;

const modulesOfTests = [...moduleNames, 'ledger'];
const testLines = 200;

/** A run of the tests prints a line for each, as most runners do. */
const testScript = `#!/bin/bash
# Runs the tests and prints a line for each.
names=(${modulesOfTests.join(' ')})
for ((n = 1; n <= ${testLines - 2}; n++)); do
  name=\${names[n % ${modulesOfTests.length}]}
  printf 'ok %d - src/%s.test.ts > rounds up everything that some %s department owes (%d ms)\\n' $n $name $name $((n * 37 % 90))
done
printf '# tests ${testLines - 2}\\n# fail 0\\n'
`;

/** Prints what is long: a page of 27 KB, a log of 1.1 MB, a line of 300 KB, or a progress bar that is redrawn so often. */
const printScript = `#!/bin/bash
# print.sh page N | log | line | bar N
line() { awk -v from=$1 -v count=$2 'BEGIN { for (n = from; n < from + count; n++)
  printf "%06d store-%d: the order of a customer was written into the ledger after %d ms, and none of its rows was void\\n", n, n % 7, n * 31 % 977 }'; }
case $1 in
  page) line $(($2 * 1000)) 245 ;;
  log) line 0 10000 ;;
  line) awk 'BEGIN { for (n = 0; n < 30000; n++) printf "%05d,,,,,", n; print "" }' ;;
  bar) awk -v count=$2 'BEGIN { for (n = 1; n <= count; n++)
    printf "\\r\\033[2K\\033[32m%d of %d files, %d %%\\033[0m", n, count, n * 100 / count; print "" }' ;;
esac
`;

/** A table of 6,000 lines. */
export const tableFile = 'data/table.csv';
const table = Array.from(
  { length: 6_000 },
  (_, at) => `${at},${functionNameOf('sale', at)},${(at * 7_919) % 9_973}\n`,
).join('');

const readme = `# Ledger

Keeps the books of a small shop: invoices, payments, refunds, and what they come to.

${moduleNames.map((name) => `- \`src/${name}.ts\`: what concerns a ${name}. Each function takes entries and returns cents, rounded.`).join('\n')}
- \`${longFile}\`: all of it together.

## Working on it

Run \`./test.sh\` before each commit. Amounts are in cents; nothing is a float until it is shown. Void entries never count.
Write a line into CHANGELOG.md for whatever a user notices. A commit has one subject of at most 72 characters.
`;

const changelog = Array.from(
  { length: 30 },
  (_, at) => `- 1.${30 - at}.0: ${functionNameOf(takeTurns(moduleNames, at), at)} leaves out what is void.\n`,
).join('');

/** The files of the repository, by path. */
const projectFiles: Record<string, string> = {
  'README.md': readme,
  'CHANGELOG.md': `# Changes\n\n${changelog}`,
  'package.json': `${JSON.stringify({ name: 'ledger', version: '1.30.0', type: 'module', scripts: { test: './test.sh' } }, null, 2)}\n`,
  'test.sh': testScript,
  'print.sh': printScript,
  [tableFile]: table,
  'src/entry.ts': `export type Entry = {\n  id: string;\n  cents: number;\n  paidCents: number;\n  isVoid: boolean;\n};\n`,
  [longFile]: writeModule('ledger', 35, ''),
  ...Object.fromEntries(moduleNames.map((name) => [`src/${name}.ts`, writeModule(name, 12, remark)])),
  ...Object.fromEntries(
    modulesOfTests.map((name) => [
      `src/${name}.test.ts`,
      `import { ${functionNameOf(name, 0)} } from './${name}.ts';\n\nconsole.log(${functionNameOf(name, 0)}([]));\n`,
    ]),
  ),
};

function writeProject(folder: string): void {
  for (const [file, content] of Object.entries(projectFiles)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  makeRunnable(folder);
}

function makeRunnable(folder: string): void {
  for (const file of ['test.sh', 'print.sh']) chmodSync(path.join(folder, file), 0o755);
}

/** Makes the repository with its one commit. */
export function makeProject(folder: string): void {
  writeProject(folder);
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['config', 'user.name', 'Bench'],
    ['config', 'user.email', 'bench@lucid.invalid'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'Keep the books'],
  ])
    execFileSync('git', args, { cwd: folder });
}
