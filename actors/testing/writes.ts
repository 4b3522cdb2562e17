// Writes for tests, made briefly.
import { frameOf } from '../../schema/event.ts';
import type { EventWrite, OpenWrite, UpdateWrite } from '../../schema/thread.ts';
import { type Draft, stored } from './events.ts';
import { testRecord } from './session.ts';

/** One session's writes, its events numbered as they are made. */
export class WritesOf {
  readonly sessionId: string;
  readonly chatId: string;
  epoch: number;
  #sequence = 0;

  constructor(name: string, epoch = 1) {
    this.sessionId = `s-${name}`;
    this.chatId = `c-${name}`;
    this.epoch = epoch;
  }

  open(userId = 'ada'): OpenWrite {
    const { sessionId, chatId, epoch } = this;
    const record = testRecord({ sessionId, chatId, userId, epoch });
    return { kind: 'open', sessionId, epoch, record, isActive: true, sealedSecrets: null };
  }

  event(draft: Partial<Draft> = {}): EventWrite {
    const { sessionId, chatId, epoch } = this;
    const sequence = ++this.#sequence;
    const [event] = stored({
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

  events(count: number): EventWrite[] {
    return Array.from({ length: count }, () => this.event());
  }

  update(more: Partial<Pick<UpdateWrite, 'isActive' | 'state'>> = {}): UpdateWrite {
    const { sessionId, chatId, epoch } = this;
    return { kind: 'update', sessionId, epoch, chatId, isActive: false, state: 'live', ...more };
  }

  /** The same session under its next owner; its events go on where they were. */
  claimed(): WritesOf {
    const next = new WritesOf(this.sessionId.slice(2), this.epoch + 1);
    next.#sequence = this.#sequence;
    return next;
  }
}
