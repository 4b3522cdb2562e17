// How a session stands right now, for whoever comes later: each field is left out where it isn't known.
import * as v from 'valibot';
import { efforts } from './choice.ts';
import { ContextShare, Usage } from './event.ts';
import { mcpServerStates } from './mcp.ts';
import { PlanItem } from './plan.ts';
import { WaitingFor } from './protocol/waiting-for.ts';

/** A message of the user that the model hasn't read yet. */
const UnreadMessage = v.strictObject({
  id: v.nullable(v.string()),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
  content: v.pipe(v.string(), v.description('Its beginning')),
});

const McpServerNow = v.strictObject({
  name: v.string(),
  state: v.picklist(mcpServerStates),
  tools: v.pipe(v.array(v.string()), v.description('As the model calls them')),
  simplified: v.exactOptional(
    v.pipe(
      v.array(v.string()),
      v.description('Those whose schema is too large: models are told nothing of their input'),
    ),
  ),
  reason: v.exactOptional(v.pipe(v.string(), v.description('Why it `failed`'))),
});

export const SessionNow = v.strictObject({
  model: v.exactOptional(v.pipe(v.string(), v.description('The model that answers, as `provider/model`'))),
  effort: v.exactOptional(v.picklist(efforts)),
  budgetUsd: v.exactOptional(v.pipe(v.number(), v.description('What all of its turns may cost'))),
  spentUsd: v.exactOptional(v.pipe(v.number(), v.description('What they have cost by now, where prices are known'))),
  usage: v.exactOptional(v.pipe(Usage, v.description('Of the turn that goes on, or of the last one'))),
  context: v.exactOptional(ContextShare),
  mcpServers: v.exactOptional(v.pipe(v.array(McpServerNow), v.description('Only while the session is in memory'))),
  plan: v.exactOptional(v.pipe(v.array(PlanItem), v.description('What the agent means to do, and how far it is'))),
  waitingFor: v.pipe(v.array(WaitingFor), v.description('What people are asked, in the order of the calls')),
  rateLimitedUntil: v.exactOptional(
    v.pipe(v.string(), v.description("Until when the provider's limits hold the next request back, at least")),
  ),
  unread: v.pipe(v.array(UnreadMessage), v.description("The user's messages that wait for the model's next step")),
});
export type SessionNow = v.InferOutput<typeof SessionNow>;

export const exampleNow: SessionNow = {
  model: 'anthropic/claude-sonnet-5-5',
  usage: {
    inputTokens: 8_204,
    outputTokens: 611,
    cachedTokens: 5_120,
    cacheWriteTokens: 0,
    steps: 4,
    durationMs: 71_890,
    costUsd: 0.0214,
  },
  context: { tokens: 4_310, tokensMax: 1_000_000 },
  effort: 'high',
  budgetUsd: 5,
  spentUsd: 0.0214,
  waitingFor: [],
  unread: [],
};
