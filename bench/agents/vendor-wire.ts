// An answer of the vendor in Anthropic's wire format, streamed or whole.
import type { SpokenCall } from './speech.ts';

export type VendorAnswer = { text: string; call: SpokenCall | undefined };

/** Agents only show these numbers; the bench counts the requests themselves. */
const usage = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

let calls = 0;

export function writeAnswer({ text, call }: VendorAnswer, isStreamed: boolean): { contentType: string; text: string } {
  const blocks = [
    { type: 'text', text },
    ...(call ? [{ type: 'tool_use', id: `toolu_${String(++calls).padStart(8, '0')}`, ...call }] : []),
  ];
  const stop_reason = call ? 'tool_use' : 'end_turn';
  const message = { id: `msg_${calls}`, type: 'message', role: 'assistant', model: 'claude-sonnet-5-5' };
  const ending = { stop_reason, stop_sequence: null };
  if (!isStreamed)
    return { contentType: 'application/json', text: JSON.stringify({ ...message, content: blocks, ...ending, usage }) };
  const events = [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage } },
    ...blocks.flatMap(eventsOfBlock),
    { type: 'message_delta', delta: ending, usage },
    { type: 'message_stop' },
  ];
  const lines = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return { contentType: 'text/event-stream', text: lines.join('') };
}

type Written = { type: string; text?: string; input?: Record<string, unknown> };

function eventsOfBlock({ text, input, ...block }: Written, index: number) {
  const [empty, delta] =
    input === undefined
      ? [{ text: '' }, { type: 'text_delta', text }]
      : [{ input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(input) }];
  return [
    { type: 'content_block_start', index, content_block: { ...block, ...empty } },
    { type: 'content_block_delta', index, delta },
    { type: 'content_block_stop', index },
  ];
}
