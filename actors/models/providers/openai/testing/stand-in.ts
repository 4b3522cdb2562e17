// How OpenAI speaks, for the stand-in of tests.
import type { StandIn } from '../../../../testing/provider/stand-in.ts';
import type { PlayedCall } from '../../../../testing/provider/wire.ts';
import { openAiWire } from './openai-wire.ts';
import { responsesWire } from './responses-wire.ts';

let made = 0;

/** Its models give each call an id. */
const makeCall = (name: string, input: unknown): PlayedCall => ({ id: `call_${++made}`, name, input });

export const standIn: StandIn = {
  wire: openAiWire,
  calls: {
    shell: (command) => makeCall('shell', { command }),
    read: (path) => makeCall('read', { path }),
    edit: (path, oldText, newText) => makeCall('edit', { path, oldText, newText }),
    finish: (message) => makeCall('finish', { message }),
  },
  takes: (path) => ['/v1/chat/completions', '/v1/responses', '/v1/models'].includes(path),
  keyOf: ({ authorization }) => authorization?.replace('Bearer ', ''),
  overloadedStatus: 503,
  tooLongMessage:
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
  eventHead: '',
  endlessBounds: {},
  countsCacheWrites: true,
  goodKeyBody: '{"object": "list", "data": []}',
  others: [
    {
      name: 'over Responses',
      takes: (path) => path === '/v1/responses',
      wire: responsesWire,
      load: async () => (await import('../ask-responses.ts')).makeResponsesAsk,
    },
  ],
};
