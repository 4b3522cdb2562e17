// Runs a command line in the session's sandbox.
import * as v from 'valibot';
import type { RunResult } from '../../sandbox/sandbox.ts';
import { errorObservation, type Recorded, type Tool } from './tool.ts';

const Input = v.object({ command: v.pipe(v.string(), v.minLength(1)) });

/** What a shell reports for a command that was ended by `timeout`, and by SIGINT. */
const timedOutExitCode = 124;
const cancelledExitCode = 130;

export const shell: Tool<v.InferOutput<typeof Input>> = {
  name: 'shell',
  input: Input,
  changesFiles: true,
  endsTurn: false,
  action: ({ command }) => ({ eventType: 'CmdRunAction', content: command, metadata: { command } }),
  run: async ({ command }, { sandbox, signal, commandTimeoutMs }) => {
    const result = await sandbox.run(command, { signal, timeoutMs: commandTimeoutMs });
    return result.ok ? observationOf(command, result.value) : errorObservation(result.failure.detail);
  },
};

function observationOf(command: string, result: RunResult): Recorded {
  const ended = {
    exited: () => ({ content: result.output, exitCode: result.kind === 'exited' ? result.exitCode : 0 }),
    timedOut: () => ({
      content: `${result.output}\n[The command ran into its time limit and was ended.]`,
      exitCode: timedOutExitCode,
    }),
    cancelled: () => ({ content: `${result.output}\n[The command was interrupted.]`, exitCode: cancelledExitCode }),
  }[result.kind]();
  return { eventType: 'CmdOutputObservation', content: ended.content, metadata: { command, exitCode: ended.exitCode } };
}
