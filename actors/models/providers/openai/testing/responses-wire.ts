// OpenAI's wire format, as its Responses stream it.
import type { PlayedAnswer, PlayedCall, PlayedFailure, Wire } from '../../../../testing/provider/wire.ts';
import { openAiWire } from './openai-wire.ts';

const encodeEvent = (event: { type: string } & Record<string, unknown>) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const codes: Record<number, string> = { 429: 'rate_limit_exceeded', 500: 'server_error', 503: 'server_error' };

function writeItem(output_index: number, item: Record<string, unknown>, deltas: string[], done = item): string[] {
  return [
    encodeEvent({ type: 'response.output_item.added', output_index, item }),
    ...deltas,
    encodeEvent({ type: 'response.output_item.done', output_index, item: done }),
  ];
}

/** The input comes in two pieces, cut anywhere, and whole at the end. */
function writeCall(output_index: number, { id, name, input }: PlayedCall, json = JSON.stringify(input)): string[] {
  const item = { type: 'function_call', id: `fc_${output_index}`, call_id: id ?? `call_${output_index}`, name };
  const half = Math.floor(json.length / 2);
  const deltas = [json.slice(0, half), json.slice(half)].map((delta) =>
    encodeEvent({ type: 'response.function_call_arguments.delta', output_index, item_id: item.id, delta }),
  );
  return writeItem(output_index, { ...item, arguments: '' }, deltas, { ...item, arguments: json });
}

function writeItems({ thoughts = [], text = [], calls = [] }: PlayedAnswer): string[] {
  const fragments = typeof text === 'string' ? [text] : text;
  let index = 0;
  return [
    encodeEvent({ type: 'response.created', response: { status: 'in_progress' } }),
    ...thoughts.flatMap(({ text: thought, signature }) => {
      const item = { type: 'reasoning', id: `rs_${index}`, summary: [] };
      const delta = encodeEvent({ type: 'response.reasoning_summary_text.delta', summary_index: 0, delta: thought });
      return writeItem(index++, item, [delta], { ...item, ...(signature && { encrypted_content: signature }) });
    }),
    ...(fragments.length === 0
      ? []
      : writeItem(
          index++,
          { type: 'message', role: 'assistant', content: [] },
          fragments.map((delta) => encodeEvent({ type: 'response.output_text.delta', content_index: 0, delta })),
        )),
    ...calls.flatMap((call) => writeCall(index++, call)),
  ];
}

function writeEnd({ usage = {} }: PlayedAnswer, reason?: string): string {
  const { input = 10, output = 5, cached = 0, cacheWrite = 0 } = usage;
  const response = {
    status: reason ? 'incomplete' : 'completed',
    incomplete_details: reason ? { reason } : null,
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
      output_tokens: output,
      total_tokens: input + output,
    },
  };
  return encodeEvent({ type: reason ? 'response.incomplete' : 'response.completed', response });
}

export const responsesWire: Wire = {
  answer: (said) => [...writeItems(said), writeEnd(said)],
  cutInCall: (said) => {
    const { calls = [], ...rest } = said;
    const half = { name: 'cut', ...calls.at(-1), input: {} };
    return [
      ...writeItems({ ...rest, calls: calls.slice(0, -1) }),
      ...writeCall(99, half, JSON.stringify(calls.at(-1)?.input).slice(0, -3)),
      writeEnd(said, 'max_output_tokens'),
    ];
  },
  brokenCall: () => [...writeItems({}), ...writeCall(0, { name: 'shell', input: {} }, '{"command": "ls'), writeEnd({})],
  refusal: () => [...writeItems({}), writeEnd({}, 'content_filter')],
  comment: ': keep alive\n\n',
  errorEvent: (status, { message = 'It failed.', type }: PlayedFailure) =>
    encodeEvent({ type: 'error', code: type ?? codes[status] ?? 'server_error', message, param: null }),
  failure: openAiWire.failure,
};
