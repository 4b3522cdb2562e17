// How Anthropic speaks, for the stand-in of tests.
import type { StandIn } from '../../../../testing/provider/stand-in.ts';
import type { PlayedCall } from '../../../../testing/provider/wire.ts';
import { anthropicWire } from './anthropic-wire.ts';

let made = 0;

/** Its models give each call an id. */
const makeCall = (name: string, input: unknown): PlayedCall => ({ id: `toolu_${++made}`, name, input });

export const standIn: StandIn = {
  wire: anthropicWire,
  calls: {
    shell: (command) => makeCall('shell', { command }),
    read: (path) => makeCall('read', { path }),
    edit: (path, oldText, newText) => makeCall('edit', { path, edits: [{ oldText, newText }] }),
    finish: (message) => makeCall('finish', { message }),
  },
  takes: (path) => path.startsWith('/v1/messages') || path.startsWith('/v1/models?'),
  keyOf: ({ authorization, 'x-api-key': key }) => authorization?.replace('Bearer ', '') ?? key?.toString(),
  overloadedStatus: 529,
  tooLongMessage: 'prompt is too long: 1000254 tokens > 1000000 maximum',
  eventHead: 'event: message_start\n',
  // It says when an answer is complete.
  endlessBounds: { streamEndTimeoutMs: 50 },
  countsCacheWrites: true,
  goodKeyBody: '{"data": []}',
};
