// The tools of a session: what its model is offered, which tool a call is of, and which one a model means.
import type { Policy } from '../../schema/policy.ts';
import type { ToolDescription } from '../models/model.ts';
import { allowTools, listTools, serverSeparator } from './offered-tools.ts';
import { findTool } from './registry.ts';
import type { Tool } from './tool.ts';

export type ToolSet = {
  /** Offered, in an order that never changes in a session's life, for the provider's cache. */
  described: readonly ToolDescription[];
  find(name: string): Tool | undefined;
  /** The project's folder under the workspace, in which relative paths of calls begin; the workspace's root where absent. */
  folder?: string | undefined;
};

/** A tool that a server offers under a name of its own; it describes its input in its own words. */
export type ServedTool = { tool: Tool; description: ToolDescription; ownName: string };

/** What servers offer beside the engine's own tools. */
export type ServedTools = {
  tools: readonly ServedTool[];
  /** Finds a tool by its whole name, also one that its server no longer has, which then says so. */
  find(name: string): Tool | undefined;
};

const noServedTools: ServedTools = { tools: [], find: () => undefined };

export type ToolSetChoice = {
  /** The names that the session's settings allow; undefined for all. */
  allowed?: readonly string[] | undefined;
  served?: ServedTools | undefined;
  policy?: Pick<Policy, 'mode'> | undefined;
  folder?: string | undefined;
};

/** All tools of the engine, for what is recorded and not asked for: nothing that servers offer is among them. */
export const everyTool: ToolSet = { described: [], find: findTool };

export function makeToolSet({ allowed, served = noServedTools, policy, folder }: ToolSetChoice = {}): ToolSet {
  const own = listTools(allowed, policy);
  const allows = allowTools(allowed, policy);
  const described = served.tools.filter(({ tool }) => allows(tool)).map(({ description }) => description);
  return {
    described: described.length === 0 ? own : [...own, ...described],
    find: (name) => {
      const tool = findTool(name) ?? served.find(name);
      return tool && allows(tool) ? tool : undefined;
    },
    folder,
  };
}

/**
 * Finds the tool that a model means by a name such as `functions.bash`, `default_api:shell` or `Bash tool`. A name
 * without its server's is never taken for a tool of a server.
 * @returns the name as it is where it means none
 */
export function matchToolName(called: string, { find }: Pick<ToolSet, 'find'>): string {
  const served = servedNameOf(called);
  const meant =
    find(called) ?? (served.includes(serverSeparator) ? find(served) : undefined) ?? find(bareNameOf(called));
  return meant?.name ?? called;
}

/** Some models put `mcp__` in front of the server's name. */
const servedNameOf = (name: string): string => (name.trim().split(/[.:/]/).at(-1) ?? '').replace(/^mcp__/, '');

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
