// OpenAI's wire format, as its Chat Completions stream it.
import type { PlayedAnswer, PlayedCall, PlayedFailure, Wire } from '../../../../testing/provider/wire.ts';

const encodeData = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

const encodeChunk = (more: Record<string, unknown>) =>
  encodeData({ id: 'chatcmpl-stand-in', object: 'chat.completion.chunk', created: 0, model: 'stand-in', ...more });

const encodeDelta = (delta: Record<string, unknown>, finish_reason: string | null = null) =>
  encodeChunk({ choices: [{ index: 0, delta, finish_reason }] });

const done = 'data: [DONE]\n\n';

const types: Record<number, string> = {
  401: 'invalid_api_key',
  402: 'insufficient_quota',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'server_error',
};

const errorOf = (status: number, { message = 'It failed.', type }: PlayedFailure) => ({
  error: { message, type: type ?? types[status] ?? 'invalid_request_error', param: null, code: null },
});

function usageOf({ usage = {} }: PlayedAnswer) {
  const { input = 10, output = 5, cached = 0, cacheWrite = 0 } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
  };
}

/** The input comes in two pieces, cut anywhere, as the provider does it. */
function writeCall(index: number, { id = `call_${index}`, name, input }: PlayedCall, json = JSON.stringify(input)) {
  const half = Math.floor(json.length / 2);
  return [
    encodeDelta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...[json.slice(0, half), json.slice(half)].map((piece) =>
      encodeDelta({ tool_calls: [{ index, function: { arguments: piece } }] }),
    ),
  ];
}

function writeDeltas({ thoughts = [], text = [], calls = [] }: PlayedAnswer): string[] {
  const fragments = typeof text === 'string' ? [text] : text;
  return [
    encodeDelta({ role: 'assistant', content: '' }),
    ...thoughts.map((thought) => encodeDelta({ reasoning_content: thought.text })),
    ...fragments.map((content) => encodeDelta({ content })),
    ...calls.flatMap((call, index) => writeCall(index, call)),
  ];
}

const writeClosing = (said: PlayedAnswer, finishReason: string): string[] => [
  encodeDelta({}, finishReason),
  encodeChunk({ choices: [], usage: usageOf(said) }),
  done,
];

export const openAiWire: Wire = {
  answer: (said) => [
    ...writeDeltas(said),
    ...writeClosing(said, said.stop ?? ((said.calls?.length ?? 0) > 0 ? 'tool_calls' : 'stop')),
  ],
  cutInCall: (said) => {
    const { calls = [], ...rest } = said;
    const json = JSON.stringify(calls.at(-1)?.input);
    const half = { name: 'cut', ...calls.at(-1), input: {} };
    return [
      ...writeDeltas({ ...rest, calls: calls.slice(0, -1) }),
      ...writeCall(calls.length - 1, half, json.slice(0, -3)),
      ...writeClosing(said, 'length'),
    ];
  },
  brokenCall: () => [
    ...writeDeltas({}),
    ...writeCall(0, { name: 'shell', input: {} }, '{"command": "ls'),
    ...writeClosing({}, 'tool_calls'),
  ],
  refusal: () => [...writeDeltas({}), ...writeClosing({}, 'content_filter')],
  comment: ': keep alive\n\n',
  errorEvent: (status, failure) => encodeData(errorOf(status, failure)),
  failure: (status, failure) => JSON.stringify(errorOf(status, failure)),
};
