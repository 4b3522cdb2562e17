// The event `SessionError`: why the session ended though nobody stopped it.
import type { StoredEvent } from '../../event.ts';
import { formatTime } from '../../rules/text.ts';
import type { ServerFrameOf } from '../server-frames/server-frames.ts';
import type { EventDeclaration } from './declare-event.ts';
import { positionOf } from './event-position.ts';

export const sessionErrorEvents = {
  SessionError: { summary: 'The session has failed and is over.', frameOf: errorFrameOfEvent },
} satisfies Record<string, EventDeclaration>;

function errorFrameOfEvent(event: StoredEvent): ServerFrameOf<'error'> {
  return {
    type: 'error',
    message: event.content,
    code: event.metadata?.code,
    retryable: event.metadata?.retryable ?? false,
    unanswered: event.metadata?.unanswered,
    ...positionOf(event),
    timestamp: formatTime(event.createdAtMs),
  };
}
