// The stand-in's answers in each provider's wire format, in as few events as possible.
import type { ProviderName } from '../../../schema/session.ts';

/** A command for the session's shell, or a text that ends the turn. */
export type ScriptedAnswer = { command: string } | { text: string };

/** The provider that a request's path belongs to. */
export const providerOf = (path: string): ProviderName => (path.startsWith('/v1beta/') ? 'google' : 'anthropic');

/** @returns the whole body of the answer, server-sent events */
export const encodeAnswer = (provider: ProviderName, said: ScriptedAnswer): string =>
  provider === 'google' ? encodeGoogle(said) : encodeAnthropic(said);

/** The engine only reports these numbers; the bench counts the requests that the stand-in got. */
const usage = { input_tokens: 10, output_tokens: 5 };

let calls = 0;

function encodeAnthropic(said: ScriptedAnswer): string {
  const isCall = 'command' in said;
  const content_block = isCall
    ? { type: 'tool_use', id: `toolu_${++calls}`, name: 'bash', input: {} }
    : { type: 'text', text: '' };
  const delta = isCall
    ? { type: 'input_json_delta', partial_json: JSON.stringify({ command: said.command }) }
    : { type: 'text_delta', text: said.text };
  const stop_reason = isCall ? 'tool_use' : 'end_turn';
  const message = { id: 'msg_stand_in', type: 'message', role: 'assistant', model: 'stand-in', content: [], usage };
  const events = [
    { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: 'content_block_start', index: 0, content_block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function encodeGoogle(said: ScriptedAnswer): string {
  const part =
    'command' in said
      ? { functionCall: { id: `call_${++calls}`, name: 'shell', args: { command: said.command } } }
      : { text: said.text };
  const chunk = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    modelVersion: 'stand-in',
  };
  return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
}
