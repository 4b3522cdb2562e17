// Makes tools of what a server lists: named after it, described in its bounded words, and never believed.
import * as v from 'valibot';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { Tool, ToolEvent, ToolRun } from '../tools/tool.ts';
import type { ServedTool } from '../tools/tool-set.ts';
import { openSchemaBounds } from './schema-bounds.ts';
import { nameServedTools } from './served-names.ts';
import { anyObject, legalizeServedSchema } from './served-schema.ts';

/** Characters of a tool's description, which a model reads with every step. */
const descriptionCharsMax = 1_500;
/** Tools of one server that models are offered: more of them make models choose worse. */
export const serverToolsMax = 64;
/** Characters of the descriptions of all servers' tools together: some 16,000 tokens of every step. */
const allToolsCharsMax = 56_000;
/** Characters of a call's input in its event; the call itself is kept whole beside it. */
const shownInputCharsMax = 1_000;

/** A tool as a server lists it; `execution` says that it runs as a task, which the engine doesn't do. */
const ListedTool = v.object({
  name: v.string(),
  description: v.fallback(v.string(), ''),
  inputSchema: v.fallback(v.unknown(), {}),
  annotations: v.fallback(v.object({ readOnlyHint: v.optional(v.unknown()) }), {}),
  execution: v.fallback(v.object({ taskSupport: v.optional(v.unknown()) }), {}),
});
export type ListedTool = v.InferOutput<typeof ListedTool>;

/** Leaves out what has no name, and takes the rest as far as it makes sense: one tool's fault costs no other. */
export const readListedTools = (given: unknown): ListedTool[] =>
  (Array.isArray(given) ? given : []).flatMap((tool) => {
    const read = v.safeParse(ListedTool, tool);
    return read.success ? [read.output] : [];
  });

export type ServedBy = {
  server: string;
  /** Whether the operator believes what the server says of its tools. */
  isTrusted: boolean;
  /** Whether it runs in the sandbox, where it can change files. */
  isInSandbox: boolean;
  call(name: string, input: Record<string, unknown>, run: ToolRun): Promise<ToolEvent>;
};

/** Takes the input as an object; the server itself checks it. */
const Input = v.optional(
  v.custom<Record<string, unknown>>(
    (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
    'must be an object',
  ),
  {},
);

/** `simplified`: the names of those whose schema is too large, so that nothing is said of their input. */
export type ServedList = { tools: Map<string, ServedTool>; simplified: string[] };

/** @returns the tools by the names that models call */
export function makeServedTools(listed: readonly ListedTool[], by: ServedBy): ServedList {
  const callable = listed.filter(({ execution }) => execution.taskSupport !== 'required');
  const known = new Map(callable.map((tool) => [tool.name, tool]));
  const names = nameServedTools(by.server, [...known.keys()].slice(0, serverToolsMax));
  const bounds = openSchemaBounds();
  const tools = new Map<string, ServedTool>();
  const simplified: string[] = [];
  for (const [name, own] of names) {
    const tool = known.get(own);
    if (!tool) continue;
    const inputSchema = legalizeServedSchema(tool.inputSchema, bounds);
    if (!inputSchema) simplified.push(name);
    tools.set(name, makeServedTool(name, tool, by, inputSchema));
  }
  return { tools, simplified };
}

export function makeServedTool(name: string, listed: ListedTool, by: ServedBy, inputSchema = anyObject()): ServedTool {
  const isReadOnly = by.isTrusted && listed.annotations.readOnlyHint === true;
  const description = describe(listed.description, by.server);
  const tool: Tool<Record<string, unknown>> = {
    name,
    description,
    input: Input,
    readInput: (input) => readTexts(input, inputSchema),
    examples: [],
    isReadOnly,
    changesFiles: by.isInSandbox && !isReadOnly,
    endsTurn: false,
    action: (input) => actionOf(name, { server: by.server, tool: listed.name }, input),
    run: (input, run) => by.call(listed.name, input, run),
  };
  return {
    ownName: listed.name,
    tool: tool as Tool,
    description: { name, description, inputSchema },
  };
}

/** Models also write an object or a list as a text of JSON; some providers leave them no other way. */
function readTexts(input: unknown, { properties }: Record<string, unknown>): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const parts = properties as Record<string, { type?: unknown }>;
  const isNested = (name: string) =>
    Object.hasOwn(parts, name) && (parts[name]?.type === 'object' || parts[name]?.type === 'array');
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' && isNested(name) ? parseNested(value) : value,
    ]),
  );
}

function parseNested(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : text;
  } catch {
    return text;
  }
}

function describe(given: string, server: string): string {
  const text = cleanText(given).trim();
  return text === '' ? `A tool of the MCP server ${server}.` : cutText(text, descriptionCharsMax);
}

export const actionOf = (name: string, mcp: { server: string; tool: string }, input: unknown): ToolEvent => ({
  eventType: 'McpAction',
  content: cutText(`${name} ${JSON.stringify(input)}`, shownInputCharsMax),
  metadata: { mcp: { server: mcp.server, tool: cutText(cleanText(mcp.tool), 200) } },
});

/** The tools whose descriptions fit together, in their order; and how many are left out. */
export function fitServedTools(tools: readonly ServedTool[]): { fitting: ServedTool[]; leftOut: number } {
  let chars = 0;
  const fitting = tools.filter(({ description }) => {
    chars += JSON.stringify(description).length;
    return chars <= allToolsCharsMax;
  });
  return { fitting, leftOut: tools.length - fitting.length };
}
