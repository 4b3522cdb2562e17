// The tools a model can call, and the one way to make a checked call out of what it wrote.
import * as v from 'valibot';
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { Provider } from '../../schema/session.ts';
import type { ToolDescription } from '../models/model.ts';
import { bash } from './bash.ts';
import { edit } from './edit.ts';
import { finish } from './finish.ts';
import { inputSchemaOf } from './input-schema.ts';
import { read } from './read.ts';
import { search } from './search.ts';
import { shell } from './shell.ts';
import { textEditor } from './text-editor.ts';
import { think } from './think.ts';
import {
  errorObservation,
  type Recorded,
  type Tool,
  type ToolRun,
  type ToolUse,
  useOf,
  type VendorTool,
} from './tool.ts';
import { write } from './write.ts';

/** A call whose input was checked: what to store before it runs, and how to run it. `isInvalid`: it only says what is wrong with it. */
export type PreparedCall = ToolUse & { isInvalid?: true };

type Entry = { description: ToolDescription; prepare(call: ToolCall): PreparedCall };

const shared = [entryOf(search), entryOf(think), entryOf(finish)];
const entries: Record<Provider, readonly Entry[]> = {
  anthropic: [entryOf(bash), entryOf(textEditor), ...shared],
  google: [entryOf(shell), entryOf(read), entryOf(write), entryOf(edit), ...shared],
};

/** Whatever the provider: a transcript may come from another one. */
const entryByName = new Map([...entries.anthropic, ...entries.google].map((entry) => [entry.description.name, entry]));

/** What the models of a provider are offered: always the same, in the same order, for the vendor's cache. */
export const toolsFor = (provider: Provider): readonly ToolDescription[] => descriptions[provider];

const descriptionsOf = (provider: Provider) => entries[provider].map(({ description }) => description);
const descriptions = { anthropic: descriptionsOf('anthropic'), google: descriptionsOf('google') };

/**
 * What a model means that calls a tool by a name with something around it, as `functions.bash`, `default_api:shell` or
 * `Bash tool`. @returns the name as it is where it means none
 */
export function toolNameOf(called: string, offered: readonly Pick<ToolDescription, 'name'>[]): string {
  if (entryByName.has(called)) return called;
  const names = [...offered.map(({ name }) => name), ...entryByName.keys()];
  return names.find((name) => bareName(name) === bareName(called)) ?? called;
}

const bareName = (name: string): string =>
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
  return entry?.prepare(call) ?? invalid(call, `There is no tool named "${cutText(call.name, 100)}".`);
}

/** Where a tool's input type meets a call of unknown input: the closure keeps the two together. */
function entryOf<Input>(tool: Tool<Input> | VendorTool<Input>): Entry {
  const inputSchema = inputSchemaOf(tool.input);
  const described = { name: tool.name, description: tool.description, inputSchema };
  const description = 'anthropicType' in tool ? { ...described, anthropicType: tool.anthropicType } : described;
  const prepare = (call: ToolCall): PreparedCall => {
    const parsed = v.safeParse(tool.input, withoutNulls(call.input));
    if (parsed.success) return prepared('useOf' in tool ? tool.useOf(parsed.output) : useOf(tool, parsed.output), call);
    const expected = JSON.stringify(inputSchema);
    return invalid(call, `The call of ${tool.name} is invalid: ${issuesOf(parsed.issues)}\nIts input is ${expected}`);
  };
  return { description, prepare };
}

function prepared({ action, run, ...traits }: ToolUse, call: ToolCall): PreparedCall {
  const use = { ...traits, action: withCall(action, call) };
  return run ? { ...use, run: async (toolRun: ToolRun) => answering(await run(toolRun), call) } : use;
}

const invalid = (call: ToolCall, message: string): PreparedCall => ({
  action: withCall({ eventType: 'ToolCallAction', content: cutText(call.name, 100), metadata: {} }, call),
  isReadOnly: true,
  changesFiles: false,
  endsTurn: false,
  isInvalid: true,
  run: async () => answering(errorObservation(message), call),
});

/** Some models write null for what they leave out. */
function withoutNulls(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

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
