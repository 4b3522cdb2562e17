// The engine's own tools as a provider's models are offered them, and which of them a session's settings allow.
import type { ProviderName } from '../../schema/session.ts';
import type { ToolDescription } from '../models/model.ts';
import { findProvider } from '../models/providers/registry.ts';
import { inputSchemaOf } from './input-schema.ts';
import { findTool, tools } from './registry.ts';
import type { AnyTool } from './tool.ts';

/**
 * Lists the tools in an order that never changes, for the provider's cache.
 * @param allowed the names that a session's settings allow; undefined for all
 */
export function listTools(provider: ProviderName, allowed?: readonly string[]): readonly ToolDescription[] {
  if (allowed) return chooseTools(tools.filter(allowTools(allowed)), knownTypesOf(provider)).map(describeTool);
  let offered = offeredByProvider.get(provider);
  if (!offered) {
    offered = chooseTools(tools, knownTypesOf(provider)).map(describeTool);
    offeredByProvider.set(provider, offered);
  }
  return offered;
}

const offeredByProvider = new Map<ProviderName, readonly ToolDescription[]>();

const knownTypesOf = (provider: ProviderName): readonly string[] => findProvider(provider)?.providerTools ?? [];

/**
 * Whether a tool may be used. A provider's own tool goes with all that it stands for: to allow `read` alone offers no editor,
 * and to allow `bash` allows `shell`. `files__*` allows all tools of a server. What ends the turn is always allowed.
 */
export function allowTools(allowed: readonly string[] | undefined): (tool: AnyTool) => boolean {
  if (!allowed) return () => true;
  const names = new Set(allowed.flatMap((name) => [name, ...replacedBy(findTool(name))]));
  return (tool) => {
    if (isProviderTool(tool)) return replacedBy(tool).every((name) => names.has(name));
    return tool.endsTurn || names.has(tool.name) || names.has(wholeServerOf(tool.name));
  };
}

/** What stands between a server's name and its tool's. */
export const serverSeparator = '__';

const wholeServerOf = (name: string): string => `${name.split(serverSeparator)[0]}${serverSeparator}*`;

/** The engine's own tools, some of them replaced by tools that the models know from their training. */
function chooseTools(all: readonly AnyTool[], knownTypes: readonly string[]): readonly AnyTool[] {
  const known = all.filter((tool) => !isProviderTool(tool) || knownTypes.includes(tool.providerType));
  const replaced = known.flatMap(replacedBy);
  return known.filter(({ name }) => !replaced.includes(name));
}

const isProviderTool = (tool: AnyTool) => 'providerType' in tool;

const replacedBy = (tool: AnyTool | undefined): readonly string[] =>
  tool && isProviderTool(tool) ? tool.replaces : [];

function describeTool(tool: AnyTool): ToolDescription {
  const { name, description, purposes = [], timeWord } = tool;
  return {
    name,
    description,
    inputSchema: inputSchemaOf(tool.input),
    purposes,
    ...(timeWord !== undefined && { timeWord }),
    ...(isProviderTool(tool) && { providerType: tool.providerType }),
  };
}
