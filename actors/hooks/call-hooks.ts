// Runs the hooks that fit a call, in the sandbox: one before it may block it, the output of those after is added to its result.
import path from 'node:path/posix';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import type { ToolCall } from '../../schema/event.ts';
import type { Hook, Hooks } from '../../schema/hooks.ts';
import { limits } from '../../schema/limits.ts';
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import { fitsTool } from '../policy/glob.ts';
import { fitsPathGlob } from '../policy/rules.ts';
import { makeErrorObservation, type ToolEvent } from '../tools/tool.ts';

type HookedCall = { call: ToolCall; action: ToolEvent };

export type CallHooks = {
  /** @returns what came of the call in its place; undefined where it may run */
  runBefore(hooked: HookedCall): Promise<ToolEvent | undefined>;
  /** @returns the observation with what the hooks said */
  runAfter(hooked: HookedCall, observed: ToolEvent): Promise<ToolEvent>;
};

/** As git's hooks and others' have it: this exit code blocks, any other failure is only told. */
const blockingExitCode = 2;
const defaultTimeoutMs = 30_000;

export type CallHooksDependencies = {
  sandbox: Sandbox;
  signal: AbortSignal;
  /** The folder that they run in, as commands find it. */
  folder: string;
  /** The lists in order: the operator's first. */
  lists: readonly Hooks[];
};

export function makeCallHooks({ sandbox, signal, folder, lists }: CallHooksDependencies): CallHooks {
  const run = async (hook: Hook, hooked: HookedCall) => {
    const timeoutMs = hook.timeoutSeconds === undefined ? defaultTimeoutMs : hook.timeoutSeconds * 1_000;
    const line = writeLine(hook, hooked, folder);
    const result = await sandbox.run(line, { timeoutMs, signal, isSeparate: true });
    if (!result.ok) return { exitCode: 1, output: result.failure.detail };
    const { output } = result.value;
    if (result.value.kind === 'exited') return { exitCode: result.value.exitCode, output };
    return { exitCode: 1, output: `${output}\nIt was ended after ${timeoutMs / 1_000} s.` };
  };
  return {
    runBefore: async (hooked) => {
      for (const hook of lists.flatMap(({ before }) => before)) {
        if (signal.aborted || !fitsHook(hook, hooked)) continue;
        const { exitCode, output } = await run(hook, hooked);
        if (exitCode === blockingExitCode) return blockedBy(hook, output);
      }
      return undefined;
    },
    runAfter: async (hooked, observed) => {
      const said: string[] = [];
      for (const hook of lists.flatMap(({ after }) => after)) {
        if (signal.aborted || !fitsHook(hook, hooked)) continue;
        const { exitCode, output } = await run(hook, hooked);
        if (exitCode !== 0 || output.trim() !== '') said.push(describeRun(hook, exitCode, output));
      }
      if (said.length === 0) return observed;
      const added = keepHeadAndTail(said.join('\n'), limits.hookOutputCharsMax);
      const separator = observed.content === '' || observed.content.endsWith('\n') ? '' : '\n';
      return { ...observed, content: `${observed.content}${separator}${added}` };
    },
  };
}

const fitsHook = ({ tool, path: glob }: Hook, { call, action }: HookedCall): boolean =>
  (tool === undefined || fitsTool(tool, call.name)) &&
  (glob === undefined ||
    (action.metadata.path !== undefined && fitsPathGlob(glob, fromWorkspace(action.metadata.path))));

const fromWorkspace = (named: string): string => path.relative('/workspace', path.resolve('/workspace', named));

/** The call comes in variables, so that nothing of it is taken for a part of the command. */
function writeLine({ command }: Hook, { call, action }: HookedCall, folder: string): string {
  const input = JSON.stringify(call.input ?? {});
  const variables = {
    LUCID_TOOL: call.name,
    LUCID_PATH: action.metadata.path ?? '',
    LUCID_COMMAND: action.metadata.command ?? '',
    LUCID_INPUT: input.length <= limits.hookInputCharsMax ? input : '',
  };
  const exports = Object.entries(variables).map(([name, value]) => `${name}=${quoteForBash(value)}`);
  return `cd ${quoteForBash(folder)} && export ${exports.join(' ')} && eval ${quoteForBash(command)}`;
}

const blockedBy = ({ command }: Hook, output: string): ToolEvent =>
  makeErrorObservation(
    `A hook blocked this call, which was not run (${command}).\n${keepHeadAndTail(output, limits.hookOutputCharsMax)}`.trim(),
  );

const describeRun = ({ command }: Hook, exitCode: number, output: string): string =>
  `[The hook ${command}${exitCode === 0 ? ' says:' : ` failed with exit code ${exitCode}:`}]\n${output.trim()}`;
