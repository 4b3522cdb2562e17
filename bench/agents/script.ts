// The script that every agent is given: 50 answers of a model that changes seven modules, tests each change and commits.
import { functionLines, functionNameOf, longFile, moduleNames, newLinesOf, oldLinesOf, tableFile } from './project.ts';

/** What the model wants, whatever the tools are called by which an agent offers it. */
export type Wish =
  | { kind: 'run'; command: string }
  | { kind: 'search'; pattern: string; folder: string }
  /** All of a file, or lines of it. */
  | { kind: 'read'; file: string; lines?: [first: number, last: number] }
  | { kind: 'edit'; file: string; oldText: string; newText: string }
  | { kind: 'write'; file: string; content: string }
  | { kind: 'finish'; message: string };

/** One answer: a sentence, and one call. */
export type ScriptedAnswer = { text: string; wish: Wish };

/** What the user asks for. */
export const task =
  'Void entries must never count, and what is smaller than the line asks for must not either: put that right in each ' +
  'module under src, run the tests after each, note it in CHANGELOG.md and commit.';

const run = (text: string, command: string): ScriptedAnswer => ({ text, wish: { kind: 'run', command } });

const firstCommand = 'ls -la';

const looks: ScriptedAnswer[] = [
  run('First the folder.', firstCommand),
  { text: 'What it is.', wish: { kind: 'read', file: 'README.md' } },
  run('Its files.', 'find . -name "*.ts" -not -path "./.git/*" | sort'),
  run('Its history.', 'git log --stat -3'),
  { text: 'The long file.', wish: { kind: 'read', file: longFile } },
  { text: 'What was noted so far.', wish: { kind: 'read', file: 'CHANGELOG.md' } },
  { text: 'All functions.', wish: { kind: 'search', pattern: 'export function', folder: 'src' } },
];

/** The function that is changed in a module, and the line that it begins in. */
const changedFunction = 4;
const linesBefore = 2;
const linesRead = 30;

function changeModule(name: (typeof moduleNames)[number]): ScriptedAnswer[] {
  const file = `src/${name}.ts`;
  const first = linesBefore + changedFunction * functionLines - functionLines + 1;
  return [
    {
      text: `Where ${name} does it.`,
      wish: { kind: 'search', pattern: functionNameOf(name, changedFunction), folder: 'src' },
    },
    { text: 'The lines around it.', wish: { kind: 'read', file, lines: [first, first + linesRead - 1] } },
    {
      text: 'Void entries first, then what is too small.',
      wish: { kind: 'edit', file, oldText: oldLinesOf(changedFunction), newText: newLinesOf(changedFunction) },
    },
    run('Do the tests still pass?', `./test.sh # ${name}`),
    run('What has changed so far.', 'git diff'),
  ];
}

const notes = `# Void entries\n\n${moduleNames
  .map((name) => `- ${functionNameOf(name, changedFunction)} looks at what is open, and never at what is void.\n`)
  .join('')}`;

const end: ScriptedAnswer[] = [
  { text: 'A note of it.', wish: { kind: 'write', file: 'docs/void-entries.md', content: notes } },
  {
    text: 'And a line for users.',
    wish: {
      kind: 'edit',
      file: 'CHANGELOG.md',
      oldText: '# Changes\n\n',
      newText: '# Changes\n\n- 1.31.0: void entries count nowhere.\n',
    },
  },
  run('All of the changes.', 'git diff'),
  run('In short.', 'git diff --stat && git status --short'),
  run('Into a commit.', 'git add -A && git commit -m "Leave out void entries everywhere"'),
  run('Is it there?', 'git log --oneline -5'),
  run('Is anything left?', 'git status'),
  {
    text: 'All is done.',
    wish: { kind: 'finish', message: 'Void entries count nowhere any more. The tests pass; it is one commit.' },
  },
];

export const script: readonly ScriptedAnswer[] = [...looks, ...moduleNames.flatMap(changeModule), ...end];

const finish: ScriptedAnswer = { text: 'All is done.', wish: { kind: 'finish', message: 'It is all looked through.' } };

/** So many outputs of 27 KB, one after the other. */
const pages = 46;

/** A conversation that outgrows a model of 200,000 tokens where outputs stay whole. */
export const longScript: readonly ScriptedAnswer[] = [
  run('First the folder.', firstCommand),
  ...Array.from({ length: pages }, (_, at) => run(`Page ${at + 1}.`, `./print.sh page ${at + 1}`)),
  finish,
];

/** Outputs that are too large to be read, by name. */
export const largeOutputs: Record<string, ScriptedAnswer> = {
  'a log of 1.1 MB': run('The log.', './print.sh log'),
  'a line of 300 KB': run('The line.', './print.sh line'),
  'a file of 6,000 lines': { text: 'The table.', wish: { kind: 'read', file: tableFile } },
  'a bar redrawn 100 times': run('A short bar.', './print.sh bar 100'),
  'a bar redrawn 20,000 times': run('A long bar.', './print.sh bar 20000'),
};

export const largeScript: readonly ScriptedAnswer[] = [
  run('First the folder.', firstCommand),
  ...Object.values(largeOutputs),
  finish,
];
