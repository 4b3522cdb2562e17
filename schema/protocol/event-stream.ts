// Frames as server-sent events (text/event-stream, as HTML's standard has it), and the id by which a client comes back.
import * as v from 'valibot';
import { limits } from '../limits.ts';

export const eventStreamType = 'text/event-stream';

/** An event's id is its whole position, since an epoch ends when the session changes hands. */
export const eventIdOf = ({ epoch, sequence }: { epoch: number; sequence: number }): string => `${epoch}-${sequence}`;

/** An id in a request, which becomes the position that it names. @param about a sentence for the API's document */
export const eventIdText = (about: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,15}-[0-9]{1,15}$/, 'must be the id of an event, such as 1-7'),
    v.description(about),
    v.transform((id) => {
      const [epoch = 0, sequence = 0] = id.split('-').map(Number);
      return { epoch, lastSequence: Math.min(sequence, limits.sequenceMax) };
    }),
  );

/**
 * The event is called `error` for the frame of that type; all others are messages, which need no name.
 * @param frame JSON in one line, its type first @param id of a stored event
 */
export const encodeStreamFrame = (frame: string, id?: string): string => {
  const name = frame.startsWith('{"type":"error"') ? 'event: error\n' : '';
  return `${name}${id === undefined ? '' : `id: ${id}\n`}data: ${frame}\n\n`;
};

/** A comment, so that proxies see that the connection is alive. */
export const heartbeat = ':\n\n';

/** How long a client waits before it comes back. */
export const encodeRetry = (retryMs: number): string => `retry: ${retryMs}\n\n`;

/** The session has ended: there is nothing to come back for. */
export const streamEnd = 'event: end\ndata: {"reason":"The session has ended."}\n\n';
