// What happens in a session right now, as its transient frames tell it and its events end it. Pure.
import type { SessionEvent, TransientFrame } from '../../lucid.ts';

/** A text that is being written; from the event `endsAt` on the event has all of it. */
export type Draft = { text: string; endsAt: number | null };

/** The newest of what the running command has printed, and how many characters were left out before it. */
type LiveOutput = {
  toolCallId: string;
  /** The event of the command; null where it was heard before one listened. */
  commandSequence: number | null;
  text: string;
  skippedChars: number;
};

/** A call whose input is being written; from the event `endsAt` on it is there whole. */
export type WrittenCall = {
  toolCallId: string;
  tool: string;
  /** The beginning of its input. */
  begun: string;
  /** How long the input is by now. */
  chars: number;
  endsAt: number | null;
};

export type Live = {
  /** Whether a model can be writing: no call runs. A fragment that comes meanwhile is of an answer that is there whole. */
  canWrite: boolean;
  thought: Draft | null;
  answer: Draft | null;
  call: WrittenCall | null;
  output: LiveOutput | null;
  commandSequence: number | null;
  retry: { code: string; waitMs: number; attempt: number } | null;
  /** For how long at least the next request waits for the limits of the provider. */
  rateWaitMs: number | null;
  queuePosition: number | null;
  /** Whether the engine that has the session can't be reached, so that nothing of it comes. */
  isMoving: boolean;
};

export const nothingLive: Live = {
  canWrite: true,
  thought: null,
  answer: null,
  call: null,
  output: null,
  commandSequence: null,
  retry: null,
  rateWaitMs: null,
  queuePosition: null,
  isMoving: false,
};

/** Characters of a draft: longer than any answer that models write. */
const draftCharsMax = 400_000;
/** Characters of output that are kept while it runs: some screens; the observation has what the agent reads of it. */
const outputCharsMax = 16_000;
/** Characters of the beginning of a call's input: what it is about stands there. */
const begunCharsMax = 2_000;

export function hearTransient(before: Live, frame: TransientFrame): Live {
  const live = setMoving(before, false);
  switch (frame.type) {
    case 'agent_delta': {
      if (!live.canWrite) return live;
      const kind = frame.isThought ? 'thought' : 'answer';
      return { ...live, ...nothingHolds, [kind]: extendDraft(live[kind], frame.text) };
    }
    case 'agent_output':
      return { ...live, output: extendOutput(live, frame) };
    case 'call_delta':
      return live.canWrite ? { ...live, ...nothingHolds, call: extendCall(live.call, frame) } : live;
    case 'model_retry':
      return { ...live, answer: null, thought: null, call: null, retry: frame };
    case 'model_wait':
      return { ...live, rateWaitMs: frame.waitMs };
    case 'sandbox_queue':
      return { ...live, queuePosition: frame.position };
    case 'status':
      return setMoving(live, frame.status === 'moving');
    default:
      return live;
  }
}

const setMoving = (live: Live, isMoving: boolean): Live => (live.isMoving === isMoving ? live : { ...live, isMoving });

const nothingHolds = { retry: null, rateWaitMs: null, queuePosition: null };

function extendCall(
  call: WrittenCall | null,
  { toolCallId, tool, text, skippedChars = 0 }: Extract<TransientFrame, { type: 'call_delta' }>,
): WrittenCall {
  const before = call?.toolCallId === toolCallId ? call : { begun: '', chars: 0 };
  const isTorn = skippedChars > 0 || before.begun.length < before.chars;
  const begun = isTorn ? before.begun : (before.begun + text).slice(0, begunCharsMax);
  return { toolCallId, tool, begun, chars: before.chars + skippedChars + text.length, endsAt: null };
}

const extendDraft = (draft: Draft | null, text: string): Draft => ({
  text: ((draft?.endsAt === null ? draft.text : '') + text).slice(-draftCharsMax),
  endsAt: null,
});

function extendOutput(
  { output, commandSequence }: Live,
  { toolCallId, text, skippedChars = 0 }: Extract<TransientFrame, { type: 'agent_output' }>,
): LiveOutput {
  const before =
    output?.toolCallId === toolCallId ? output : { toolCallId, commandSequence, text: '', skippedChars: 0 };
  const isTorn = skippedChars > 0;
  const all = isTorn ? text : before.text + text;
  const cut = Math.max(0, all.length - outputCharsMax);
  const left = before.skippedChars + skippedChars + cut + (isTorn ? before.text.length : 0);
  return { ...before, text: all.slice(cut), skippedChars: left };
}

/** What is begun once an answer is whole. */
const calls = new Set([
  'CmdRunAction',
  'FileWriteAction',
  'FileEditAction',
  'FileReadAction',
  'SearchAction',
  'ToolCallAction',
  'CmdInputAction',
  'FetchAction',
  'McpAction',
  'DelegateAction',
  'AskUserAction',
  'PresentPlanAction',
]);

/** Drafts end with the event that has them whole, or with the next thing that the agent does. */
export function hearEvent(before: Live, event: SessionEvent): Live {
  const live = setMoving(before, false);
  if (event.type === 'ack') return live;
  if (event.type === 'agent_event' && event.parentToolCallId !== undefined) return live; // Of a sub-agent nothing is written live.
  const isCall = event.type === 'agent_event' && calls.has(event.eventType);
  const told = { ...live, ...nothingHolds, canWrite: !isCall };
  if (event.type !== 'agent_event') return endDrafts(told, event.sequence, true);
  const isObserved = event.event === 'observation';
  if (event.eventType === 'CmdRunAction')
    return { ...endDrafts(told, event.sequence, true), commandSequence: event.sequence };
  if (event.eventType === 'ThinkAction') return endDrafts(told, event.sequence, false);
  return isObserved ? told : endDrafts(told, event.sequence, true);
}

function endDrafts(live: Live, sequence: number, hasAnswer: boolean): Live {
  const end = (draft: Draft | null): Draft | null => draft && { ...draft, endsAt: draft.endsAt ?? sequence };
  const call = live.call && { ...live.call, endsAt: live.call.endsAt ?? sequence };
  return { ...live, call, thought: end(live.thought), ...(hasAnswer && { answer: end(live.answer) }) };
}

/** @returns the call that is being written, beside the events up to a sequence */
export const shownCall = (call: WrittenCall | null, through: number): WrittenCall | null =>
  call && (call.endsAt === null || call.endsAt > through) ? call : null;

/** What is shown of a draft beside the events up to a sequence. */
export const shownDraft = (draft: Draft | null, through: number): string =>
  draft && (draft.endsAt === null || draft.endsAt > through) ? draft.text : '';
