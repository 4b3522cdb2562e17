// What people have allowed for the whole session: calls for which the same rule asks, and its plan.
import type { StoredEvent } from '../../schema/event.ts';
import type { Said } from '../policy/decide-call.ts';

export class Permissions implements Said {
  readonly allowed = new Set<string>();
  isPlanAllowed = false;
  readonly #after: number;

  /** @param after what was said up to there was said in another session, of which this one is a fork */
  constructor(events: readonly StoredEvent[], after = 0) {
    this.#after = after;
    for (const event of events) this.note(event);
  }

  note({ sequence, metadata }: StoredEvent): void {
    const { decision } = metadata ?? {};
    if (!decision || sequence <= this.#after) return;
    if (decision.kind === 'plan') this.isPlanAllowed ||= decision.decision !== 'deny';
    else if (decision.decision === 'allowForSession') for (const key of decision.allows ?? []) this.allowed.add(key);
  }
}
