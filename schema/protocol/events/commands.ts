// Events that record a command of a client: their frame acknowledges it.
import type { CommandEventType, StoredEvent } from '../../event.ts';
import { limits } from '../../limits.ts';
import { cutText, formatTime } from '../../rules/text.ts';
import type { ServerFrameOf } from '../server-frames/server-frames.ts';
import type { EventDeclaration } from './declare-event.ts';
import { positionOf } from './event-position.ts';

const declareCommandEvent = (eventType: CommandEventType, summary: string): EventDeclaration => ({
  summary,
  frameOf: (event) => ackFrameOf(event, eventType),
});

export const commandEvents = {
  InitialTask: declareCommandEvent('InitialTask', 'The task that the session was made with.'),
  UserMessage: declareCommandEvent('UserMessage', 'A message of the user.'),
  Interrupt: declareCommandEvent('Interrupt', 'The user ended the turn.'),
  Stop: declareCommandEvent('Stop', 'The user ended the session.'),
  UserAnswer: declareCommandEvent('UserAnswer', 'The user answered a question of the agent.'),
  ApprovalDecision: declareCommandEvent('ApprovalDecision', 'It was decided about a call or a plan.'),
} satisfies Record<CommandEventType, EventDeclaration>;

function ackFrameOf(event: StoredEvent, eventType: CommandEventType): ServerFrameOf<'ack'> {
  const content = cutText(event.content, limits.wireContentCharsMax);
  return {
    type: 'ack',
    id: event.commandId,
    ...positionOf(event),
    eventType,
    content,
    toolCallId: event.metadata?.decision?.toolCallId ?? event.metadata?.toolCallId,
    decision: event.metadata?.decision?.decision,
    ...(content.length < event.content.length && { truncated: true }),
    attachments: event.metadata?.attachments?.map(({ path, size, image }) => ({
      path,
      size,
      ...(image && { mediaType: image.mediaType }),
    })),
    timestamp: formatTime(event.createdAtMs),
  };
}
