// The engine's own tools as models are offered them, and which of them a session's settings allow.
import type { Policy } from '../../schema/policy.ts';
import type { ToolDescription } from '../models/model.ts';
import { inputSchemaOf } from './input-schema.ts';
import { findTool, tools } from './registry.ts';
import type { Tool } from './tool.ts';

/**
 * Lists the tools in an order that never changes, for the provider's cache.
 * @param allowed the names that a session's settings allow; undefined for all
 */
export function listTools(allowed?: readonly string[], policy?: Pick<Policy, 'mode'>): readonly ToolDescription[] {
  const describe = () => tools.filter(allowTools(allowed, policy)).map(describeTool);
  if (allowed) return describe();
  const kind = policy === undefined ? 'nothing' : policy.mode === 'plan' ? 'plan' : 'question';
  const offered = offeredByKind.get(kind) ?? describe();
  offeredByKind.set(kind, offered);
  return offered;
}

/** By what the policy lets be asked. */
const offeredByKind = new Map<string, readonly ToolDescription[]>();

/**
 * Whether a tool may be used. `files__*` allows all tools of a server. What ends the turn is always allowed.
 */
export function allowTools(
  allowed: readonly string[] | undefined,
  policy?: Pick<Policy, 'mode'>,
): (tool: Tool) => boolean {
  if (!allowed) return (tool) => isOfferedFor(tool, policy);
  const names = new Set(allowed.map((name) => findTool(name)?.name ?? name));
  return (tool) => tool.endsTurn || names.has(tool.name) || names.has(wholeServerOf(tool.name));
}

/** Nobody is asked whose client hasn't said, by a policy, that somebody answers; a plan is wanted in its mode alone. */
function isOfferedFor({ offeredFor }: Tool, policy: Pick<Policy, 'mode'> | undefined): boolean {
  if (offeredFor === undefined) return true;
  return offeredFor === 'plan' ? policy?.mode === 'plan' : policy !== undefined;
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
