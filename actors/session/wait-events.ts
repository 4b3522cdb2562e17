// The events by which a turn waits for a person: what they say, and how long the wait may last.
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { DecideCommand } from '../../schema/thread.ts';
import type { Wait } from '../../schema/wait.ts';
import type { Asked, ToolEvent } from '../tools/tool.ts';
import type { GateVerdict } from './call-gate.ts';
import type { EventDraft } from './recorder.ts';

/** The action of a call that asks a person itself. */
export const waitOfAsked = (
  { metadata, ...action }: ToolEvent,
  { id: toolCallId }: ToolCall,
  { kind, text, options }: Asked,
  untilMs: number,
): ToolEvent => ({
  ...action,
  metadata: { ...metadata, wait: { kind, toolCallId, text: boundText(text), ...(options && { options }), untilMs } },
});

export const makeApprovalWanted = (
  call: ToolCall,
  { reason, allows }: Extract<GateVerdict, { decision: 'ask' }>,
  untilMs: number,
): ToolEvent => ({
  eventType: 'ApprovalWanted',
  content: reason,
  metadata: {
    wait: { kind: 'approval', toolCallId: call.id, text: reason, tool: call.name, ...inputOf(call), allows, untilMs },
  },
});

/** What records a decision; `wait` is what it ends. */
export const decisionOf = (
  { toolCallId, decision, message = '', input }: Pick<DecideCommand, 'toolCallId' | 'decision' | 'message' | 'input'>,
  wait: Wait | undefined,
): Pick<EventDraft, 'content' | 'metadata'> => ({
  content: message.trim(),
  metadata: {
    decision: {
      kind: wait?.kind ?? 'approval',
      toolCallId,
      decision,
      ...(input && { input }),
      ...(decision === 'allowForSession' && wait?.allows && { allows: wait.allows }),
    },
  },
});

const boundText = (text: string): string => cleanText(cutText(text, limits.waitCharsMax));

/** An input that is too long is left out whole: half of one says nothing that could be decided about. */
function inputOf({ input }: ToolCall): { input?: Record<string, unknown> } {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {};
  return JSON.stringify(input).length <= limits.waitCharsMax ? { input: input as Record<string, unknown> } : {};
}
