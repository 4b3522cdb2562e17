// The tools that a provider's models are offered, and which of them a model means.
import type { ProviderName } from '../../schema/session.ts';
import type { ToolDescription } from '../models/model.ts';
import { findProvider } from '../models/providers/registry.ts';
import { inputSchemaOf } from './input-schema.ts';
import { findTool, toolNames, tools } from './registry.ts';
import type { AnyTool } from './tool.ts';

/** Lists the tools in an order that never changes, for the provider's cache. */
export function listTools(provider: ProviderName): readonly ToolDescription[] {
  let offered = offeredByProvider.get(provider);
  if (!offered) {
    offered = chooseTools(tools, findProvider(provider)?.providerTools ?? []).map(describeTool);
    offeredByProvider.set(provider, offered);
  }
  return offered;
}

const offeredByProvider = new Map<ProviderName, readonly ToolDescription[]>();

/** The engine's own tools, some of them replaced by tools that the models know from their training. */
function chooseTools(all: readonly AnyTool[], knownTypes: readonly string[]): readonly AnyTool[] {
  const known = all.filter((tool) => !isProviderTool(tool) || knownTypes.includes(tool.providerType));
  const replaced = known.flatMap((tool) => (isProviderTool(tool) ? tool.replaces : []));
  return known.filter(({ name }) => !replaced.includes(name));
}

const isProviderTool = (tool: AnyTool) => 'providerType' in tool;

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

/**
 * Finds the tool that a model means by a name such as `functions.bash`, `default_api:shell` or `Bash tool`.
 * @returns the name as it is where it means none
 */
export function matchToolName(called: string, offered: readonly Pick<ToolDescription, 'name'>[]): string {
  if (findTool(called)) return called;
  const names = [...offered.map(({ name }) => name), ...toolNames];
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
