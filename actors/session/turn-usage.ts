// What a turn has used so far, read from its events, so that a turn that goes on after a restart counts on.
import type { StoredEvent, Usage } from '../../schema/event.ts';
import { noTokens } from '../models/model.ts';

export const noUsage: Usage = {
  ...noTokens,
  steps: 0,
  durationMs: 0,
};

/** Each answer's first event says what its turn had used by then, and `completed` what that was in the end. */
export function usageSoFarOf(events: readonly StoredEvent[]): Usage {
  const last = events.findLast(({ metadata }) => metadata?.usage !== undefined || metadata?.status === 'completed');
  return last?.eventType === 'Status' ? noUsage : (last?.metadata?.usage ?? noUsage);
}
