// Anthropic's wire format, as its Messages API streams it.
import type { PlayedAnswer, PlayedCall, PlayedFailure, Wire } from '../../../../testing/provider/wire.ts';

const encodeEvent = (event: { type: string } & Record<string, unknown>) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

const errorOf = (status: number, { message = 'It failed.', type }: PlayedFailure) => ({
  type: 'error',
  error: { type: type ?? types[status] ?? 'api_error', message },
  request_id: 'req_stand_in',
});

function writeOpening({ usage = {} }: PlayedAnswer): string[] {
  const { input = 10, cached = 0, cacheWrite = 0 } = usage;
  const counted = {
    input_tokens: input - cached - cacheWrite,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: cacheWrite,
    output_tokens: 1,
  };
  const message = { id: 'msg_stand_in', type: 'message', role: 'assistant', model: 'stand-in', content: [] };
  return [
    encodeEvent({
      type: 'message_start',
      message: { ...message, stop_reason: null, stop_sequence: null, usage: counted },
    }),
    encodeEvent({ type: 'ping' }),
  ];
}

function writeBlock(index: number, content_block: unknown, deltas: unknown[]): string[] {
  return [
    encodeEvent({ type: 'content_block_start', index, content_block }),
    ...deltas.map((delta) => encodeEvent({ type: 'content_block_delta', index, delta })),
    encodeEvent({ type: 'content_block_stop', index }),
  ];
}

/** The input comes in two pieces, cut anywhere. */
function writeCall(index: number, { id = `toolu_${index}`, name, input }: PlayedCall, json = JSON.stringify(input)) {
  const half = Math.floor(json.length / 2);
  const pieces = json === '{}' ? [''] : [json.slice(0, half), json.slice(half)];
  return writeBlock(
    index,
    { type: 'tool_use', id, name, input: {} },
    pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  );
}

function writeBlocks({ thoughts = [], text = [], calls = [] }: PlayedAnswer): string[] {
  const fragments = typeof text === 'string' ? [text] : text;
  let index = 0;
  return [
    ...thoughts.flatMap(({ text: thinking, signature }) =>
      writeBlock(index++, { type: 'thinking', thinking: '', signature: '' }, [
        { type: 'thinking_delta', thinking },
        ...(signature === undefined ? [] : [{ type: 'signature_delta', signature }]),
      ]),
    ),
    ...(fragments.length === 0
      ? []
      : writeBlock(
          index++,
          { type: 'text', text: '' },
          fragments.map((fragment) => ({ type: 'text_delta', text: fragment })),
        )),
    ...calls.flatMap((call) => writeCall(index++, call)),
  ];
}

function writeClosing({ usage = {} }: PlayedAnswer, stop_reason: string): string[] {
  return [
    encodeEvent({
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output ?? 5 },
    }),
    encodeEvent({ type: 'message_stop' }),
  ];
}

export const anthropicWire: Wire = {
  answer: (said) => [
    ...writeOpening(said),
    ...writeBlocks(said),
    ...writeClosing(said, said.stop ?? ((said.calls?.length ?? 0) > 0 ? 'tool_use' : 'end_turn')),
  ],
  cutInCall: (said) => {
    const { calls = [], ...rest } = said;
    const json = JSON.stringify(calls.at(-1)?.input);
    return [
      ...writeOpening(said),
      ...writeBlocks({ ...rest, calls: calls.slice(0, -1) }),
      ...writeCall(99, { name: 'cut', ...calls.at(-1), input: {} }, json.slice(0, -3)),
      ...writeClosing(said, 'max_tokens'),
    ];
  },
  brokenCall: () => [
    ...writeOpening({}),
    ...writeCall(0, { name: 'shell', input: {} }, '{"command": "ls'),
    ...writeClosing({}, 'tool_use'),
  ],
  refusal: () => [...writeOpening({}), ...writeClosing({}, 'refusal')],
  comment: `: keep alive\n\n${encodeEvent({ type: 'ping' })}`,
  errorEvent: (status, failure) => encodeEvent(errorOf(status, failure)),
  failure: (status, failure) => JSON.stringify(errorOf(status, failure)),
};
