// The ring behind a session in tests: a write buffer whose writes are kept and committed, and the rows that they make.
import type { StoredEvent } from '../../schema/event.ts';
import type { SessionRecord } from '../../schema/session.ts';
import type { Write } from '../../schema/thread.ts';
import type { Session } from '../session/session.ts';
import { WriteBuffer } from '../write-buffer.ts';

/** What PostgreSQL would hold. */
export type Rows = { record: SessionRecord; events: StoredEvent[]; isActive: boolean };

export class TestRing {
  /** Everything that was posted, in order. */
  readonly writes: Write[] = [];
  readonly writeBuffer: WriteBuffer;
  /** Is told what is committed. */
  session: Session | undefined;
  /** Whether PostgreSQL is there: whatever is posted is committed one turn of the event loop later. */
  isUp = true;
  #committed = 0;

  constructor() {
    this.writeBuffer = new WriteBuffer((writes) => {
      this.writes.push(...writes);
      if (this.isUp) setImmediate(() => this.commitWrites());
    });
  }

  get events(): StoredEvent[] {
    return this.writes.flatMap((write) => (write.kind === 'event' ? [write.event] : []));
  }

  get committed(): Write[] {
    return this.writes.slice(0, this.#committed);
  }

  commitWrites(): void {
    const batch = this.writes.slice(this.#committed);
    this.#committed = this.writes.length;
    for (const write of batch)
      if (write.kind !== 'update') this.session?.confirmCommitted(write.kind === 'event' ? write.event.sequence : 0);
    this.writeBuffer.settleWrites(batch.length);
  }
}

/** The rows after these writes and no more: what a crash there leaves. */
export function replayWrites(writes: readonly Write[], before?: Rows): Rows {
  let rows = before;
  for (const write of writes) {
    if (write.kind === 'open') rows = { record: write.record, events: [], isActive: write.isActive };
    else if (!rows) throw new Error('The first write of a session opens it.');
    else if (write.kind === 'event') rows = { ...rows, events: [...rows.events, write.event] };
    else rows = { ...rows, isActive: write.isActive, record: { ...rows.record, state: write.state } };
  }
  if (!rows) throw new Error('There is no session without a write.');
  return rows;
}
