// Checks a call that a model wrote, and prepares it to be recorded and run.
import path from 'node:path/posix';
import * as v from 'valibot';
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import { inputSchemaOf } from './input-schema.ts';
import { makeErrorObservation, makeUse, type ToolEvent, type ToolRun, type ToolUse } from './tool.ts';
import type { ToolSet } from './tool-set.ts';

/** A checked call: its action, and how to run it. Where `isInvalid`, running it only says what is wrong with it. */
export type PreparedCall = ToolUse & { isInvalid?: true };

/** Never throws: an unknown tool or a wrong input becomes an observation that tells the model what was wrong. */
export function prepareCall(call: ToolCall, toolSet: Pick<ToolSet, 'find' | 'folder'>): PreparedCall {
  const tool = toolSet.find(call.name);
  if (!tool) return makeInvalidCall(call, `There is no tool named "${cutText(call.name, 100)}".`);
  const given = removeNulls(call.input);
  const read = tool.readInput ? tool.readInput(given) : given;
  const parsed = v.safeParse(tool.input, tool.takesPath ? beginInFolder(read, toolSet.folder) : read);
  if (parsed.success) return bindUse(makeUse(tool, parsed.output), call);
  const expected = JSON.stringify(inputSchemaOf(tool.input));
  return makeInvalidCall(
    call,
    `The call of ${tool.name} is invalid: ${issuesOf(parsed.issues)}\nIts input is ${expected}`,
  );
}

function bindUse({ action, run, ...traits }: ToolUse, call: ToolCall): PreparedCall {
  const use = { ...traits, action: attachCall(action, call) };
  return run ? { ...use, run: async (toolRun: ToolRun) => attachCallId(await run(toolRun), call) } : use;
}

const makeInvalidCall = (call: ToolCall, message: string): PreparedCall => ({
  action: attachCall({ eventType: 'ToolCallAction', content: cutText(call.name, 100), metadata: {} }, call),
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  isInvalid: true,
  run: async () => attachCallId(makeErrorObservation(message), call),
});

/** Some models write null for what they leave out. */
function removeNulls(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

/** The path of a call, seen from the project's folder; that folder where the call names none. */
function beginInFolder(input: unknown, folder: string | undefined): unknown {
  if (folder === undefined || typeof input !== 'object' || input === null) return input;
  const { path: given } = input as { path?: unknown };
  if (given === undefined) return { ...input, path: folder };
  if (typeof given !== 'string' || given === '' || /^[/~]/.test(given)) return input;
  return { ...input, path: path.join(folder, given) };
}

const issuesOf = (issues: readonly v.BaseIssue<unknown>[]) =>
  issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`).join('; ');

const attachCall = (recorded: ToolEvent, toolCall: ToolCall): ToolEvent => ({
  ...recorded,
  content: cleanText(recorded.content),
  metadata: { ...recorded.metadata, toolCall },
});

const attachCallId = (recorded: ToolEvent, call: ToolCall): ToolEvent => ({
  ...recorded,
  content: cleanText(cutText(recorded.content, limits.observationCharsMax)),
  metadata: { ...recorded.metadata, toolCallId: call.id },
});
