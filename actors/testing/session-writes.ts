// Writes for tests, made briefly.
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { EventWrite, OpenWrite, UpdateWrite } from '../../schema/thread.ts';
import { numberEvents, type StoredDraft } from './stored-events.ts';
import { testRecord } from './test-session.ts';

/** One session's writes, its events numbered as they are made. */
export class SessionWrites {
  readonly sessionId: string;
  readonly chatId: string;
  epoch: number;
  #sequence = 0;

  constructor(name: string, epoch = 1) {
    this.sessionId = `s-${name}`;
    this.chatId = `c-${name}`;
    this.epoch = epoch;
  }

  openWrite(userId = 'ada'): OpenWrite {
    const { sessionId, chatId, epoch } = this;
    const record = testRecord({ sessionId, chatId, userId, epoch });
    return { kind: 'open', sessionId, epoch, record, isActive: true, sealedSecrets: null };
  }

  eventWrite(draft: Partial<StoredDraft> = {}): EventWrite {
    const { sessionId, chatId, epoch } = this;
    const sequence = ++this.#sequence;
    const [event] = numberEvents({
      eventType: 'ThinkAction',
      content: `event ${sequence}`,
      ...draft,
      sessionId,
      epoch,
      sequence,
    });
    if (!event) throw new Error('One draft is one event.');
    const rowId = `${sessionId}-e${epoch}-${sequence}`;
    return { kind: 'event', rowId, sessionId, epoch, chatId, event, frame: frameOf(event), isLast: false };
  }

  eventWrites(count: number): EventWrite[] {
    return Array.from({ length: count }, () => this.eventWrite());
  }

  updateWrite(more: Partial<Pick<UpdateWrite, 'isActive' | 'state'>> = {}): UpdateWrite {
    const { sessionId, chatId, epoch } = this;
    return { kind: 'update', sessionId, epoch, chatId, isActive: false, state: 'live', ...more };
  }

  /** The same session under its next owner; its events go on where they were. */
  claimNext(): SessionWrites {
    const next = new SessionWrites(this.sessionId.slice(2), this.epoch + 1);
    next.#sequence = this.#sequence;
    return next;
  }
}
