// The tools a model can call, and the one way to make a checked call out of what it wrote.
import * as v from 'valibot';
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/text.ts';
import { finish } from './finish.ts';
import { read } from './read.ts';
import { shell } from './shell.ts';
import { think } from './think.ts';
import { errorObservation, type Recorded, type Tool, type ToolRun } from './tool.ts';
import { write } from './write.ts';

/** A call whose input was checked: what to store before it runs, and how to run it. */
export type PreparedCall = {
  action: Recorded;
  changesFiles: boolean;
  endsTurn: boolean;
  /** Absent where the action says all. */
  run?: (run: ToolRun) => Promise<Recorded>;
};

const preparers = new Map<string, (call: ToolCall) => PreparedCall>();
for (const [name, prepare] of [entryOf(think), entryOf(shell), entryOf(write), entryOf(read), entryOf(finish)])
  preparers.set(name, prepare);

/** Never throws: an unknown tool or a wrong input becomes an observation that tells the model what was wrong. */
export function prepareCall(call: ToolCall): PreparedCall {
  const prepare = preparers.get(call.name);
  if (!prepare) return invalid(call, `There is no tool named "${cutText(call.name, 100)}".`);
  return prepare(call);
}

/** Where a tool's input type meets a call of unknown input: the closure keeps the two together. */
function entryOf<Input>(tool: Tool<Input>): [string, (call: ToolCall) => PreparedCall] {
  const { run, changesFiles, endsTurn } = tool;
  const prepare = (call: ToolCall): PreparedCall => {
    const parsed = v.safeParse(tool.input, call.input);
    if (!parsed.success) return invalid(call, `The call of ${tool.name} is invalid: ${issuesOf(parsed.issues)}`);
    const action = withCall(tool.action(parsed.output), call);
    if (!run) return { action, changesFiles, endsTurn };
    const observe = async (toolRun: ToolRun) => answering(await run(parsed.output, toolRun), call);
    return { action, changesFiles, endsTurn, run: observe };
  };
  return [tool.name, prepare];
}

const invalid = (call: ToolCall, message: string): PreparedCall => ({
  action: withCall({ eventType: 'ToolCallAction', content: cutText(call.name, 100), metadata: {} }, call),
  changesFiles: false,
  endsTurn: false,
  run: async () => answering(errorObservation(message), call),
});

const issuesOf = (issues: readonly v.BaseIssue<unknown>[]) =>
  issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`).join('; ');

const withCall = (recorded: Recorded, toolCall: ToolCall): Recorded => ({
  ...recorded,
  content: cleanText(recorded.content),
  metadata: { ...recorded.metadata, toolCall },
});

const answering = (recorded: Recorded, call: ToolCall): Recorded => ({
  ...recorded,
  content: cleanText(cutText(recorded.content, limits.observationCharsMax)),
  metadata: { ...recorded.metadata, toolCallId: call.id },
});
