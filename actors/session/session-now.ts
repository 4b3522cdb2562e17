// How a session stands, from its events and what its host knows beside them: one line for each part. Pure.
import type { Effort } from '../../schema/choice.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { McpServerStatus } from '../../schema/mcp.ts';
import { waitingForOf } from '../../schema/protocol/waiting-for.ts';
import { cutText } from '../../schema/rules/text.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import { findPlan, isUserMessage } from './transcript.ts';
import { noUsage } from './turn-usage.ts';
import { findWaits } from './waits.ts';

/** What isn't among the events. */
export type KnownNow = {
  /** The model that would be asked. */
  model?: string | undefined;
  effort?: Effort | undefined;
  /** What all turns of the session may cost. */
  budgetUsd?: number | undefined;
  /** The sequence of the last message of the user that the agent has read. */
  readThrough?: number | undefined;
  /** Its MCP servers; empty where it has none. */
  mcpServers?: McpServerStatus[] | undefined;
  /** Until when the provider's limits hold its request back, at least. */
  rateLimitedUntilMs?: number | undefined;
};

export const describeNow = (events: readonly StoredEvent[], known: KnownNow = {}): SessionNow => ({
  ...modelOf(events, known),
  ...(known.effort && { effort: known.effort }),
  ...(known.budgetUsd !== undefined && { budgetUsd: known.budgetUsd }),
  ...spentOf(events),
  ...usageOf(events),
  ...contextOf(events),
  ...(known.mcpServers && known.mcpServers.length > 0 && { mcpServers: known.mcpServers }),
  ...planOf(events),
  waitingFor: findWaits(events).map(waitingForOf),
  unread: listUnread(events, known),
  ...rateLimitOf(known),
});

/** Messages that are listed, and the characters of each: enough to know them by. */
const unreadMax = 20;
const unreadCharsMax = 200;

function modelOf(events: readonly StoredEvent[], known: KnownNow): Pick<SessionNow, 'model'> {
  const model = events.findLast(({ metadata }) => metadata?.model !== undefined)?.metadata?.model ?? known.model;
  return model === undefined ? {} : { model };
}

const rateLimitOf = ({ rateLimitedUntilMs }: KnownNow): Pick<SessionNow, 'rateLimitedUntil'> =>
  rateLimitedUntilMs === undefined ? {} : { rateLimitedUntil: new Date(rateLimitedUntilMs).toISOString() };
function spentOf(events: readonly StoredEvent[]): Pick<SessionNow, 'spentUsd'> {
  const last = events.findLast(({ metadata }) => metadata?.spentUsd !== undefined);
  return last?.metadata?.spentUsd === undefined ? {} : { spentUsd: last.metadata.spentUsd };
}

/** Of the turn that goes on, or where none does of the last one. */
function usageOf(events: readonly StoredEvent[]): Pick<SessionNow, 'usage'> {
  const last = events.findLast(({ metadata }) => metadata?.usage !== undefined);
  const begun = events.findLast(isUserMessage)?.sequence ?? 0;
  const isBefore = last?.metadata?.status === 'completed' && begun > last.sequence;
  const usage = isBefore ? noUsage : last?.metadata?.usage;
  return usage ? { usage } : {};
}

/** A summary has taken the place of what an earlier answer read. */
function contextOf(events: readonly StoredEvent[]): Pick<SessionNow, 'context'> {
  const last = events.findLast(
    ({ metadata }) => metadata?.context !== undefined || metadata?.summarizedThrough !== undefined,
  );
  return last?.metadata?.context ? { context: last.metadata.context } : {};
}

function planOf(events: readonly StoredEvent[]): Pick<SessionNow, 'plan'> {
  const plan = findPlan(events)?.metadata?.plan;
  return plan && plan.length > 0 ? { plan } : {};
}

function listUnread(events: readonly StoredEvent[], { readThrough = 0 }: KnownNow): SessionNow['unread'] {
  const stored = events.findLast(({ metadata }) => metadata?.readThrough !== undefined)?.metadata?.readThrough ?? 0;
  const through = Math.max(stored, readThrough);
  return events
    .filter((event) => event.sequence > through && isUserMessage(event))
    .slice(-unreadMax)
    .map(({ commandId, sequence, content }) => ({
      id: commandId,
      sequence,
      content: cutText(content, unreadCharsMax),
    }));
}
