// What a person is asked, and what was said to it. Pure.
import type { SessionEvent } from '../../lucid.ts';
import type { AskedWhat, ItemDraft, Reply, Said } from './item.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;
type Ack = Extract<SessionEvent, { type: 'ack' }>;

const whats: Readonly<Record<string, AskedWhat>> = {
  AskUserAction: 'question',
  PresentPlanAction: 'plan',
  ApprovalWanted: 'approval',
};

export function readAsked(event: AgentEvent, said: Said): Extract<ItemDraft, { kind: 'asked' }> {
  const { waitingFor, toolCallId, eventType } = event;
  return {
    kind: 'asked',
    what: whats[eventType] ?? 'approval',
    said,
    state: 'asked',
    ...(waitingFor?.tool !== undefined && { tool: waitingFor.tool }),
    ...(toolCallId !== undefined && { toolCallId }),
  };
}

/** @returns undefined for a command that replies to nothing */
export function readReply({ eventType, id, toolCallId = '', decision = 'allow', content }: Ack) {
  if (eventType === 'UserAnswer')
    return { toolCallId, reply: { is: 'answered', by: 'person', text: content } satisfies Reply };
  if (eventType !== 'ApprovalDecision') return undefined;
  const by: Reply['by'] = id === null ? 'policy' : 'person';
  return { toolCallId, reply: { is: decision, by, text: content } satisfies Reply };
}
