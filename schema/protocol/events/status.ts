// The event `Status`: how the session stands from here on.
import type { StoredEvent } from '../../event.ts';
import { formatTime } from '../../rules/text.ts';
import type { ServerFrameOf } from '../server-frames/server-frames.ts';
import type { EventDeclaration } from './declare-event.ts';
import { positionOf } from './event-position.ts';

export const statusEvents = {
  Status: { summary: 'The session stands otherwise from here on.', frameOf: statusFrameOf },
} satisfies Record<string, EventDeclaration>;

function statusFrameOf(event: StoredEvent): ServerFrameOf<'status'> {
  return {
    type: 'status',
    status: event.metadata?.status,
    ...positionOf(event),
    message: event.content,
    timestamp: formatTime(event.createdAtMs),
    reason: event.metadata?.reason,
    usage: event.metadata?.usage,
    unanswered: event.metadata?.unanswered,
  };
}
