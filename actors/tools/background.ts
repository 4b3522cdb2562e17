// Reads, types into or ends a command that the shell has started in the background.
import * as v from 'valibot';
import type { BackgroundReading } from '../../sandbox/background/background.ts';
import { observeText } from './observed.ts';
import { makeErrorObservation, type Tool, type ToolEvent } from './tool.ts';

/** What can be typed at once: a page of text. */
const inputCharsMax = 20_000;
/** How long an answer to what was typed is waited for where the model gives no time. */
const answerWaitMs = 5_000;

const Input = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  input: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => text.length <= inputCharsMax, `At most ${inputCharsMax} characters can be typed at once.`),
      v.description('\\n: Enter, \\u0003: interrupt'),
    ),
  ),
  waitSeconds: v.optional(v.pipe(v.number(), v.minValue(0))),
  kill: v.optional(v.boolean()),
});

export const backgroundTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'background',
  description:
    'Returns what a background command printed since you last looked. First types input, if any, and waits up to waitSeconds for its ' +
    'answer, else for its end. You are told when one ends.',
  input: Input,
  readInput: readId,
  examples: [{ id: 1 }],
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ id, input, kill }) => ({
    eventType: 'CmdInputAction',
    content: input ?? '',
    metadata: { background: { id: String(id), ...(kill && { isKilled: true }) } },
  }),
  run: async ({ id, input, waitSeconds, kill }, { sandbox, signal, commandTimeoutMs }) => {
    if (!sandbox.background) return makeErrorObservation(noBackground);
    const wantedMs = waitSeconds === undefined ? (input ? answerWaitMs : 0) : waitSeconds * 1_000;
    const waitMs = Math.min(wantedMs, commandTimeoutMs);
    const read = await sandbox.background.read(String(id), { signal, waitMs, input, kill });
    if (!read.ok) return makeErrorObservation(read.failure.detail);
    const output = await observeText(read.value.output, sandbox, signal);
    return makeReadingObservation(String(id), { output, end: read.value.end });
  },
};

export const noBackground = 'Nothing runs in the background here.';

/** Models write the id as a text, too. */
function readId(input: unknown): unknown {
  const { id } = (input ?? {}) as Record<string, unknown>;
  return typeof id === 'string' && /^\d{1,9}$/.test(id) ? { ...(input as object), id: Number(id) } : input;
}

/** @param command where it was just started: what the sandbox says of it later isn't sure */
export function makeReadingObservation(
  id: string,
  { output, end }: { output: string; end: BackgroundReading['end'] | undefined },
  command?: string,
): ToolEvent {
  const separator = output === '' || output.endsWith('\n') ? '' : '\n';
  const note = `[${end ? describeEnd(id, end.exitCode) : `Background command ${id} runs.`}]`;
  const exitCode = end?.exitCode;
  return {
    eventType: 'CmdOutputObservation',
    content: `${output}${separator}${note}`,
    metadata: {
      ...(command !== undefined && { command }),
      ...(exitCode !== undefined && { exitCode }),
      background: { id },
    },
  };
}

const describeEnd = (id: string, exitCode: number | undefined): string =>
  `Background command ${id} ${exitCode === undefined ? 'is gone: it was ended from outside' : 'has ended'}.`;
