// The tools a model can call, and the one way to make a checked call out of what it wrote.
import * as v from 'valibot';
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { ProviderName } from '../../schema/session.ts';
import type { ToolDescription } from '../models/model.ts';
import { bashTool } from './bash.ts';
import { editTool } from './edit.ts';
import { finishTool } from './finish.ts';
import { inputSchemaOf } from './input-schema.ts';
import { readTool } from './read.ts';
import { searchTool } from './search.ts';
import { shellTool } from './shell.ts';
import { textEditorTool } from './text-editor.ts';
import { thinkTool } from './think.ts';
import {
  makeErrorObservation,
  makeUse,
  type Tool,
  type ToolEvent,
  type ToolRun,
  type ToolUse,
  type VendorTool,
} from './tool.ts';
import { writeTool } from './write.ts';

/** A call whose input was checked: what to store before it runs, and how to run it. `isInvalid`: it only says what is wrong with it. */
export type PreparedCall = ToolUse & { isInvalid?: true };

type Entry = { description: ToolDescription; prepare(call: ToolCall): PreparedCall };

const shared = [makeEntry(searchTool), makeEntry(thinkTool), makeEntry(finishTool)];
const entries: Record<ProviderName, readonly Entry[]> = {
  anthropic: [makeEntry(bashTool), makeEntry(textEditorTool), ...shared],
  google: [makeEntry(shellTool), makeEntry(readTool), makeEntry(writeTool), makeEntry(editTool), ...shared],
};

/** Whatever the provider: a transcript may come from another one. */
const entryByName = new Map([...entries.anthropic, ...entries.google].map((entry) => [entry.description.name, entry]));

/** What the models of a provider are offered: always the same, in the same order, for the vendor's cache. */
export const listTools = (provider: ProviderName): readonly ToolDescription[] => descriptions[provider];

const listDescriptions = (provider: ProviderName) => entries[provider].map(({ description }) => description);
const descriptions = { anthropic: listDescriptions('anthropic'), google: listDescriptions('google') };

/**
 * What a model means that calls a tool by a name with something around it, as `functions.bash`, `default_api:shell` or
 * `Bash tool`. @returns the name as it is where it means none
 */
export function matchToolName(called: string, offered: readonly Pick<ToolDescription, 'name'>[]): string {
  if (entryByName.has(called)) return called;
  const names = [...offered.map(({ name }) => name), ...entryByName.keys()];
  return names.find((name) => bareNameOf(name) === bareNameOf(called)) ?? called;
}

const bareNameOf = (name: string): string =>
  (
    name
      .trim()
      .split(/[.:/]|__/)
      .at(-1) ?? ''
  )
    .toLowerCase()
    .replace(/[\s_-]*tool$/, '')
    .trim();

/** Never throws: an unknown tool or a wrong input becomes an observation that tells the model what was wrong. */
export function prepareCall(call: ToolCall): PreparedCall {
  const entry = entryByName.get(call.name);
  return entry?.prepare(call) ?? makeInvalidCall(call, `There is no tool named "${cutText(call.name, 100)}".`);
}

/** Where a tool's input type meets a call of unknown input: the closure keeps the two together. */
function makeEntry<Input>(tool: Tool<Input> | VendorTool<Input>): Entry {
  const inputSchema = inputSchemaOf(tool.input);
  const described = { name: tool.name, description: tool.description, inputSchema };
  const description = 'anthropicType' in tool ? { ...described, anthropicType: tool.anthropicType } : described;
  const prepare = (call: ToolCall): PreparedCall => {
    const parsed = v.safeParse(tool.input, removeNulls(call.input));
    if (parsed.success)
      return bindUse('useOf' in tool ? tool.useOf(parsed.output) : makeUse(tool, parsed.output), call);
    const expected = JSON.stringify(inputSchema);
    return makeInvalidCall(
      call,
      `The call of ${tool.name} is invalid: ${issuesOf(parsed.issues)}\nIts input is ${expected}`,
    );
  };
  return { description, prepare };
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
