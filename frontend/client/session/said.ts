// What a client says to a session, and what it must not say since the engine would end the connection over it.
import { messageLimits } from '../../../schema/message-limits.ts';
import { LucidError } from '../lucid-error.ts';
import type { Calls, MessageOptions } from '../protocol.ts';

/** What a person decides about a call or a plan: `input` is what the call is run with in place of its own. */
export type Decision = Omit<Calls['sendDecision']['body'], 'id'>;

export type Said =
  | ({ type: 'message'; id: string; content: string } & MessageOptions)
  | { type: 'answer'; id: string; toolCallId: string; content: string }
  | ({ type: 'decide'; id: string } & Decision)
  | { type: 'interrupt'; id: string }
  | { type: 'stop'; id: string };

/** What became of it: the engine has stored it, under this sequence. */
export type Accepted = { id: string; sequence: number };

/** Names and quotation marks around a message's content, and its id. */
const frameOverheadBytes = 1_024;

/** @returns why a message can't be sent, or undefined */
export function findContentProblem(content: string): LucidError | undefined {
  if (content.trim() === '') return new LucidError('badMessage', 'content: must not be empty');
  if (content.length > messageLimits.taskCharsMax)
    return new LucidError(
      'badMessage',
      `content: holds ${content.length} characters, ${messageLimits.taskCharsMax} at most.`,
    );
  const bytes = new TextEncoder().encode(JSON.stringify(content)).length + frameOverheadBytes;
  if (bytes > messageLimits.frameBytesMax)
    return new LucidError(
      'badMessage',
      `content: takes ${bytes} bytes on its way, ${messageLimits.frameBytesMax} at most.`,
    );
  return undefined;
}
