// How a session stands beside its events, in a few words each. Pure.
import type { SessionNow } from '../lucid.ts';

type McpServer = NonNullable<SessionNow['mcpServers']>[number];

/** `claude-sonnet-5-5` of `anthropic/claude-sonnet-5-5`. */
export const shortModel = (model: string): string => model.slice(model.lastIndexOf('/') + 1);

/** How much of what the model can read it read last, in percent; undefined where it isn't known. */
export function shareOfContext({ context }: Pick<SessionNow, 'context'>): number | undefined {
  if (!context || context.tokensMax === 0) return undefined;
  return Math.min(100, Math.ceil((context.tokens / context.tokensMax) * 100));
}

export function describeServer({ state, tools, reason }: Pick<McpServer, 'state' | 'tools' | 'reason'>): string {
  if (state === 'failed') return reason === undefined ? 'failed' : `failed: ${reason}`;
  if (state === 'waiting') return 'starts with the next turn';
  if (state === 'starting') return 'starts';
  return tools.length === 1 ? '1 tool' : `${tools.length} tools`;
}

/** @returns what one should know without opening anything; undefined while all is well */
export function describeTrouble(now: SessionNow, nowMs: number): string | undefined {
  if (isHeldBack(now, nowMs)) return 'waits for rate limit';
  const failed = now.mcpServers?.filter(({ state }) => state === 'failed').length ?? 0;
  if (failed > 0) return failed === 1 ? 'an MCP server failed' : `${failed} MCP servers failed`;
  return undefined;
}

export const isHeldBack = ({ rateLimitedUntil }: SessionNow, nowMs: number): boolean =>
  rateLimitedUntil !== undefined && Date.parse(rateLimitedUntil) > nowMs;
