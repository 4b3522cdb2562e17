// What somebody typed, as the reply to what the agent waits for. Whatever isn't clearly a yes allows nothing.
import type { Decision, WaitingFor } from '../../client/index.ts';

export type Reply =
  | { kind: 'answer'; content: string }
  | { kind: 'decision'; decision: Decision }
  /** Nothing is sent: it can't be told what was meant. */
  | { kind: 'unclear' };

type Asked = Pick<WaitingFor, 'kind' | 'toolCallId' | 'options'>;

export const readReply = (asked: Asked, line: string): Reply =>
  asked.kind === 'question' ? readAnswer(asked, line.trim()) : readDecision(asked, line.trim());

function readAnswer({ options = [] }: Asked, line: string): Reply {
  const chosen = /^\d{1,3}$/.test(line) ? options[Number(line) - 1] : undefined;
  return { kind: 'answer', content: chosen ?? line };
}

function readDecision({ kind, toolCallId }: Asked, line: string): Reply {
  const [, letter = '', rest = ''] = /^(y|yes|a|n|no)([\s,:]+.*)?$/is.exec(line) ?? [];
  const says = letter.charAt(0).toLowerCase();
  const words = rest.replace(/^[\s,:]+/, '');
  const message = words === '' ? {} : { message: words };
  if (says === 'n') return { kind: 'decision', decision: { toolCallId, decision: 'deny', ...message } };
  if (says === 'y' && (kind === 'plan' || rest === ''))
    return { kind: 'decision', decision: { toolCallId, decision: 'allow', ...message } };
  if (says === 'a' && kind === 'approval' && rest === '')
    return { kind: 'decision', decision: { toolCallId, decision: 'allowForSession' } };
  return { kind: 'unclear' };
}
