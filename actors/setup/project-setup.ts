// Sets a repository up once after its clone, as its own files say: .lucid/setup.sh, or a devcontainer's commands.
import { createHash } from 'node:crypto';
import { repositoryPath } from '../../sandbox/git/repository.ts';
import { type RunResult, type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { readDevcontainer, type SetupWish } from './devcontainer.ts';

const setupEventType = 'WorkspaceSetup';

/** A user waits for it before the first step: installing what a large project needs takes minutes. */
const projectSetupTimeoutMs = 600_000;
/** What its output tells: the end has the errors, the beginning what was done. */
const outputCharsMax = 4_000;
/** Files of this length say all that a setup can need. */
const setupFileBytesMax = 256 * 1024;

const scriptName = '.lucid/setup.sh';
const devcontainerNames = ['.devcontainer/devcontainer.json', '.devcontainer.json'];

/** `digest`: of the files that say what is to be done. */
export type ProjectSetup = SetupWish & { name: string; digest: string };

/** @returns undefined where the repository has no such files, or they say nothing */
export async function findProjectSetup(sandbox: Sandbox): Promise<ProjectSetup | undefined> {
  const script = await readText(sandbox, scriptName);
  if (script !== undefined)
    return {
      name: scriptName,
      digest: digestOf(script),
      commands: [`bash ./${scriptName}`],
      exports: [],
      refusals: [],
    };
  for (const name of devcontainerNames) {
    const text = await readText(sandbox, name);
    if (text !== undefined) return findWish(name, text);
  }
  return undefined;
}

function findWish(name: string, text: string): ProjectSetup | undefined {
  const isWhole = text.length < setupFileBytesMax;
  const wish = isWhole ? readDevcontainer(text) : { commands: [], exports: [], refusals: [describeTooLarge(name)] };
  const isEmpty = wish.commands.length + wish.exports.length + wish.refusals.length === 0 && wish.image === undefined;
  return isEmpty ? undefined : { name, digest: digestOf(text), ...wish };
}

const describeTooLarge = (name: string): string =>
  `The repository's ${name} is not read: it is larger than ${setupFileBytesMax / 1024} KB.`;

/** A link is followed inside of the workspace only, as for every reader of files. */
async function readText(sandbox: Sandbox, name: string): Promise<string | undefined> {
  const read = await sandbox.read(`${repositoryPath}/${name}`, { length: setupFileBytesMax });
  return read.ok ? Buffer.from(read.value.content, read.value.encoding ?? 'utf8').toString('utf8') : undefined;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `isDone`: whether all of its commands have succeeded. */
export type SetupResult = { event: ToolEvent; isDone: boolean };

/** Runs its commands beside the session's shell, one after another, up to the first that fails. */
export async function runProjectSetup(
  sandbox: Sandbox,
  setup: ProjectSetup,
  signal: AbortSignal,
  timeoutMs = projectSetupTimeoutMs,
): Promise<SetupResult> {
  const { name, commands, exports, refusals } = setup;
  if (commands.length === 0) return { event: eventOf([...refusals]), isDone: true };
  const folder = repositoryPath.replace(workspace, sandbox.root);
  const lines = commands.map((command) => `( ${command}\n) </dev/null || exit`);
  const text = `cd -- ${quoteForBash(folder)} || exit\n${[...exports, ...lines].join('\n')}`;
  const startedAtMs = performance.now();
  const result = await sandbox.run(text, { timeoutMs, signal, isSeparate: true });
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  const end = result.ok ? describeEnd(result.value, seconds) : `could not be run: ${result.failure.detail}`;
  const output = result.ok ? keepHeadAndTail(result.value.output.trim(), outputCharsMax) : '';
  const isDone = result.ok && result.value.kind === 'exited' && result.value.exitCode === 0;
  const exitCode = result.ok && result.value.kind === 'exited' ? result.value.exitCode : undefined;
  const sentences = [
    `The repository's ${name} ${end}`,
    ...refusals,
    ...(output === '' ? [] : [`It printed:\n${output}`]),
  ];
  return { event: eventOf(sentences, exitCode), isDone };
}

const eventOf = (sentences: readonly string[], exitCode?: number): ToolEvent => ({
  eventType: setupEventType,
  content: sentences.join('\n'),
  metadata: exitCode === undefined ? {} : { exitCode },
});

function describeEnd(result: RunResult, seconds: number): string {
  if (result.kind === 'timedOut') return `was ended after ${result.limitMs / 1_000} s, before it was done.`;
  if (result.kind === 'cancelled') return 'was interrupted before it was done.';
  return result.exitCode === 0
    ? `was run in ${seconds} s.`
    : `failed after ${seconds} s, with exit code ${result.exitCode}.`;
}

/** Clients see that something goes on. */
export const describeBegin = ({ name }: ProjectSetup): ToolEvent => eventOf([`Running the repository's ${name}.`]);

export const describeRestored = ({ name, refusals }: ProjectSetup): ToolEvent =>
  eventOf([`What the repository's ${name} had made was taken from a snapshot; it was not run again.`, ...refusals]);
