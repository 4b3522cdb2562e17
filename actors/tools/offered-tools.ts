// The engine's own tools as models are offered them, and which of them a session's settings allow.
import type { ToolDescription } from '../models/model.ts';
import { inputSchemaOf } from './input-schema.ts';
import { findTool, tools } from './registry.ts';
import type { Tool } from './tool.ts';

/**
 * Lists the tools in an order that never changes, for the provider's cache.
 * @param allowed the names that a session's settings allow; undefined for all
 */
export function listTools(allowed?: readonly string[]): readonly ToolDescription[] {
  return allowed ? tools.filter(allowTools(allowed)).map(describeTool) : all;
}

/**
 * Whether a tool may be used. `files__*` allows all tools of a server. What ends the turn is always allowed.
 */
export function allowTools(allowed: readonly string[] | undefined): (tool: Tool) => boolean {
  if (!allowed) return () => true;
  const names = new Set(allowed.map((name) => findTool(name)?.name ?? name));
  return (tool) => tool.endsTurn || names.has(tool.name) || names.has(wholeServerOf(tool.name));
}

/** What stands between a server's name and its tool's. */
export const serverSeparator = '__';

const wholeServerOf = (name: string): string => `${name.split(serverSeparator)[0]}${serverSeparator}*`;

const describeTool = ({ name, description, input, purposes = [] }: Tool): ToolDescription => ({
  name,
  description,
  inputSchema: inputSchemaOf(input),
  purposes,
});

const all = tools.map(describeTool);
