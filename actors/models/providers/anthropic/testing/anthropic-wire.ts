// Anthropic's wire format, as its Messages API streams it.
import type { Said, SaidCall, SaidFailure, Wire } from '../../../../testing/provider/wire.ts';

const sse = (event: { type: string } & Record<string, unknown>) =>
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

const errorOf = (status: number, { message = 'It failed.', type }: SaidFailure) => ({
  type: 'error',
  error: { type: type ?? types[status] ?? 'api_error', message },
  request_id: 'req_stand_in',
});

function opening({ usage = {} }: Said): string[] {
  const { input = 10, cached = 0, cacheWrite = 0 } = usage;
  const counted = {
    input_tokens: input - cached - cacheWrite,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: cacheWrite,
    output_tokens: 1,
  };
  const message = { id: 'msg_stand_in', type: 'message', role: 'assistant', model: 'stand-in', content: [] };
  return [
    sse({ type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null, usage: counted } }),
    sse({ type: 'ping' }),
  ];
}

function block(index: number, content_block: unknown, deltas: unknown[]): string[] {
  return [
    sse({ type: 'content_block_start', index, content_block }),
    ...deltas.map((delta) => sse({ type: 'content_block_delta', index, delta })),
    sse({ type: 'content_block_stop', index }),
  ];
}

/** The input comes in two pieces, cut anywhere. */
function callBlock(index: number, { id = `toolu_${index}`, name, input }: SaidCall, json = JSON.stringify(input)) {
  const half = Math.floor(json.length / 2);
  const pieces = json === '{}' ? [''] : [json.slice(0, half), json.slice(half)];
  return block(
    index,
    { type: 'tool_use', id, name, input: {} },
    pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  );
}

function blocksOf({ thoughts = [], text = [], calls = [] }: Said): string[] {
  const fragments = typeof text === 'string' ? [text] : text;
  let index = 0;
  return [
    ...thoughts.flatMap(({ text: thinking, signature }) =>
      block(index++, { type: 'thinking', thinking: '', signature: '' }, [
        { type: 'thinking_delta', thinking },
        ...(signature === undefined ? [] : [{ type: 'signature_delta', signature }]),
      ]),
    ),
    ...(fragments.length === 0
      ? []
      : block(
          index++,
          { type: 'text', text: '' },
          fragments.map((fragment) => ({ type: 'text_delta', text: fragment })),
        )),
    ...calls.flatMap((call) => callBlock(index++, call)),
  ];
}

function closing({ usage = {} }: Said, stop_reason: string): string[] {
  return [
    sse({
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output ?? 5 },
    }),
    sse({ type: 'message_stop' }),
  ];
}

export const anthropicWire: Wire = {
  answer: (said) => [
    ...opening(said),
    ...blocksOf(said),
    ...closing(said, said.stop ?? ((said.calls?.length ?? 0) > 0 ? 'tool_use' : 'end_turn')),
  ],
  cutInCall: (said) => {
    const { calls = [], ...rest } = said;
    const json = JSON.stringify(calls.at(-1)?.input);
    return [
      ...opening(said),
      ...blocksOf({ ...rest, calls: calls.slice(0, -1) }),
      ...callBlock(99, { name: 'cut', ...calls.at(-1), input: {} }, json.slice(0, -3)),
      ...closing(said, 'max_tokens'),
    ];
  },
  brokenCall: () => [
    ...opening({}),
    ...callBlock(0, { name: 'shell', input: {} }, '{"command": "ls'),
    ...closing({}, 'tool_use'),
  ],
  refusal: () => [...opening({}), ...closing({}, 'refusal')],
  comment: `: keep alive\n\n${sse({ type: 'ping' })}`,
  errorEvent: (status, failure) => sse(errorOf(status, failure)),
  failure: (status, failure) => JSON.stringify(errorOf(status, failure)),
};
