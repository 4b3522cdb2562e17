// How Google speaks, for the stand-in of tests.
import type { StandIn } from '../../../../testing/provider/stand-in.ts';
import type { PlayedCall } from '../../../../testing/provider/wire.ts';
import { googleWire } from './google-wire.ts';

/** Its older models give calls no ids. */
const makeCall = (name: string, input: unknown): PlayedCall => ({ name, input });

export const standIn: StandIn = {
  wire: googleWire,
  calls: {
    shell: (command) => makeCall('shell', { command }),
    read: (path) => makeCall('read', { path }),
    edit: (path, oldText, newText) => makeCall('edit', { path, edits: [{ oldText, newText }] }),
    finish: (message) => makeCall('finish', { message }),
  },
  takes: (path) => path.startsWith('/v1beta/'),
  keyOf: (headers) => headers['x-goog-api-key']?.toString(),
  overloadedStatus: 503,
  tooLongMessage: 'The input token count (1091639) exceeds the maximum number of tokens allowed (1048576).',
  eventHead: '',
  // That an answer is complete is known only when nothing more comes.
  endlessBounds: { nextSignTimeoutMs: 2_000 },
  countsCacheWrites: false,
  goodKeyBody: '{"models": []}',
};
