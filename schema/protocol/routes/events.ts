// The route of a session's events: as a stream of server-sent events, or page by page as JSON.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { wholeNumber } from '../answer-fields.ts';
import { numberInText } from '../client-frames/attach-query.ts';
import { encodeStreamFrame, eventIdOf, eventIdText, eventStreamType } from '../event-stream.ts';
import { exampleSession } from '../examples.ts';
import { wholeNumberText } from '../fields.ts';
import { declareAnswer, type RouteDeclaration } from '../route.ts';
import { EventFrame } from '../server-frames/server-frames.ts';
import { hostErrors, lookupErrors } from './errors.ts';
import { SessionPath } from './sessions.ts';

const EventsQuery = v.object({
  after: wholeNumberText(0, limits.sequenceMax, 0),
  limit: wholeNumberText(1, limits.replayPageRows, 100),
  last_event_id: v.optional(eventIdText('Of a stream: as Last-Event-ID, which counts before this')),
  epoch: numberInText,
  last_sequence: numberInText,
  token: v.optional(
    v.pipe(
      v.string(),
      v.description('Of a stream: a JWT, for clients that can set no header; with Authorization it is refused'),
    ),
  ),
});

const LastEventId = v.object({
  'Last-Event-ID': v.optional(eventIdText('Of a stream: the id of the last event that was seen')),
});

const { sessionId, createdAt: timestamp } = exampleSession;
const exampleEvent = {
  type: 'agent_event' as const,
  event: 'observation' as const,
  eventType: 'CmdOutputObservation',
  content: 'Hello from Lucid!\n',
  timestamp,
  sessionId,
  epoch: 1,
  sequence: 10,
  command: 'python hello.py',
  exitCode: 0,
};

export const readEvents = {
  method: 'get',
  path: '/api/v1/sessions/{id}/events',
  tag: 'Sessions',
  summary: `Follow a session's events, or read a page of them: \`Accept: ${eventStreamType}\` asks for a stream`,
  isOpen: false,
  access: 'viewer',
  parameters: SessionPath,
  headers: LastEventId,
  query: EventsQuery,
  answer: declareAnswer(
    v.strictObject({
      events: v.array(EventFrame),
      nextAfter: v.pipe(
        v.nullable(wholeNumber),
        v.description('What to ask for as `after` next; null after the last page'),
      ),
    }),
    { events: [exampleEvent], nextAfter: null },
  ),
  stream: {
    contentType: eventStreamType,
    summary:
      'The frames that a WebSocket of `lucid.v2` gets, each as `data`. The `id` of a stored event is its epoch and sequence. An event `error` has the error frame; `end` says that the session has ended.',
    example: encodeStreamFrame(JSON.stringify(exampleEvent), eventIdOf(exampleEvent)),
    ending: 'Asked for as a stream: the session has ended, and the client has all of its events',
  },
  errors: [...lookupErrors, ...hostErrors],
} as const satisfies RouteDeclaration;
