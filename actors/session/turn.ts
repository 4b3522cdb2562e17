// One turn: the model answers, its tool calls run, until it is done, or a limit or an interrupt ends it.
import type { Role, StoredEvent, TurnEnd, Usage } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import { costOf } from '../models/cost.ts';
import type { Answer, AnswerResult, ContextEntry, PartialAnswer, Thought } from '../models/model.ts';
import { newId } from '../new-id.ts';
import { matchToolName } from '../tools/registry.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { type AskPorts, ask } from './ask.ts';
import { type CallPorts, takeCalls } from './calls.ts';
import { repetitionOf } from './repetition.ts';
import { interruptedSentence, notBegunSentence } from './sentences.ts';

/** What a turn needs of its session. */
export type TurnPorts = Omit<AskPorts, 'onSpent' | 'recordEvent'> &
  Omit<CallPorts, 'recordEvent'> & {
    iterationsMax: number;
    /** What it used before the engine was started again. */
    spent: Usage;
    /** The conversation so far. Looking at it is not reading: no request to the model holds what came last. */
    conversation(): readonly ContextEntry[];
    now(): number;
    recordEvent(recorded: ToolEvent & { role?: Role }): StoredEvent;
    /** Waits while persistence is behind. */
    room(): Promise<void>;
    onFilesChanged(): void;
  };

/** Without `usage` the turn's events tell what it has used. */
export type TurnResult = { end: TurnEnd; message: string; usage?: Usage };

/** Why a turn is being cut short. */
export type Cut = 'interrupted' | 'timeout' | 'stopped' | 'passivated' | 'fenced';

/** Through which event an answer had read, and what its turn had used with it. */
type Stand = { readThrough: number; usage: Usage };

/** Where a turn is over after a step, how; otherwise what the model is told before the next one, if anything. */
type StepEnd = { end: TurnEnd; message: string } | { notice?: string };

/** A turn that could not begin, or that a mistake of ours ended. */
export const turnFailure = (message: string): TurnResult => ({ end: 'failed', message });

/** A turn that was cut before its workspace was there. */
export const notBegun: TurnResult = { end: 'interrupted', message: notBegunSentence };

export async function runTurn(ports: TurnPorts): Promise<Required<TurnResult>> {
  const startedAtMs = ports.now();
  const usage: Usage = { ...ports.spent };
  const soFar = (): Usage => ({ ...usage, durationMs: ports.spent.durationMs + ports.now() - startedAtMs });
  const ended = (end: TurnEnd, message: string) => ({ end, message, usage: soFar() });
  const onSpent = (tokens: Answer['usage']) => {
    for (const kind of ['inputTokens', 'outputTokens', 'cachedTokens', 'cacheWriteTokens'] as const)
      usage[kind] += tokens[kind];
    const { prices } = ports.model;
    if (prices) usage.costUsd = (usage.costUsd ?? 0) + costOf(tokens, prices);
  };

  const stepsMax = ports.model.stepsMax ?? ports.iterationsMax;
  while (usage.steps < stepsMax) {
    await ports.room();
    const { result, readThrough } = await ask({ ...ports, onSpent });
    if (result.kind === 'cancelled' || ports.signal.aborted) {
      keepPartial(result, { readThrough, usage: soFar() }, ports);
      return ended('interrupted', interruptedSentence);
    }
    if (result.kind === 'failed') return ended('failed', result.message);
    usage.steps++;
    const step = await takeStep(result.answer, { readThrough, usage: soFar() }, ports);
    if (ports.signal.aborted) return ended('interrupted', interruptedSentence);
    if ('end' in step) return ended(step.end, step.message);
    if (step.notice !== undefined) tell(step.notice, ports);
  }
  return ended('iterations', `The agent was stopped after ${stepsMax} steps (MAX_ITERATIONS).`);
}

/** Records what the model said, and does what it asked for. */
async function takeStep(answer: Answer, stand: Stand, ports: TurnPorts): Promise<StepEnd> {
  const recordEvent = recordSaid(answer, stand, ports);
  const calls = answer.toolCalls.map((call) => ({ ...call, name: matchToolName(call.name, ports.tools) }));
  const { endsTurn, changedFiles } = await takeCalls(calls, { ...ports, recordEvent });
  if (changedFiles) ports.onFilesChanged();
  if (endsTurn) return finished;
  return stepEndOf(answer, ports);
}

/** @returns what records the rest of the same answer */
function recordSaid({ thoughts, text }: PartialAnswer, { readThrough, usage }: Stand, ports: TurnPorts) {
  const answerId = newId();
  let first = usage.inputTokens + usage.outputTokens > 0 ? { usage } : {}; // Scripts use nothing.
  const record = ({ metadata, ...recorded }: ToolEvent & { role?: Role }) => {
    const said = { ...recorded, content: cleanText(recorded.content) };
    const event = ports.recordEvent({ ...said, metadata: { ...metadata, ...first, answerId, readThrough } });
    first = {};
    return event;
  };
  for (const thought of thoughts) record(recordedThought(thought));
  if (text !== '') record({ eventType: 'MessageAction', content: text, metadata: {} });
  return record;
}

/** What people have seen of an answer that was cut short is said. A turn that goes on elsewhere asks for it again. */
function keepPartial(result: AnswerResult, stand: Stand, ports: TurnPorts): void {
  const partial = result.kind === 'answered' ? result.answer : result.kind === 'cancelled' && result.partial;
  const cut = ports.signal.reason as Cut;
  if (partial && cut !== 'passivated' && cut !== 'fenced') recordSaid(partial, stand, ports);
}

/** A vendor that keeps a thought to itself still wants its signature back: it has nothing for people to see. */
const recordedThought = ({ text, signature, behind }: Thought): ToolEvent & { role?: Role } => ({
  eventType: text === '' ? 'HiddenThought' : 'ThinkAction',
  ...(text === '' && { role: 'system' }),
  content: text,
  metadata: {
    ...(text !== '' && { thought: text }),
    ...(signature !== undefined && { signature }),
    ...(behind !== undefined && { behind }),
  },
});

const finished = { end: 'finished', message: 'The agent has completed its task.' } as const;
const cutNotice = 'Your last answer was cut off at the limit of output. Go on from there, in smaller steps.';
const emptyNotice =
  'Your last answer was empty. Go on with the task, or call finish when it is done; another empty answer ends the turn.';

function stepEndOf({ text, toolCalls, stop, calledName }: Answer, ports: TurnPorts): StepEnd {
  if (stop === 'refused') return { end: 'refused', message: 'The model refused to go on with this.' };
  if (stop === 'cut') return { notice: cutNotice };
  if (stop === 'noSuchTool') return noSuchToolEnd(calledName, ports);
  if (toolCalls.length > 0) return repetitionEnd(ports);
  if (text !== '') return finished;
  if (timesTold(emptyNotice, ports) === 0) return { notice: emptyNotice };
  return { end: 'failed', message: 'The model gave an empty answer, and another one when it was told so.' };
}

const noSuchTool = 'There is no such tool';

/** A call that never came to us can't be answered as one: the model hears what it can call instead. */
function noSuchToolEnd(calledName: string | undefined, ports: TurnPorts): StepEnd {
  const told = timesTold(noSuchTool, ports);
  if (told + 1 >= limits.sameErrorsMax)
    return { end: 'failed', message: `The model called a tool that is not there ${told + 1} times in a row.` };
  const called = calledName === undefined ? '' : ` as ${cutText(calledName, 100)}`;
  const names = ports.tools.map(({ name }) => name).join(', ');
  return { notice: `${noSuchTool}${called}; nothing was called. Your tools are: ${names}.` };
}

/** How often the model was told so since it or the user did something else. */
function timesTold(beginning: string, { conversation }: TurnPorts): number {
  const entries = conversation();
  const since = entries.findLastIndex(
    (entry) => entry.kind === 'user' || (entry.kind === 'answer' && entry.calls.length > 0),
  );
  return entries.slice(since + 1).filter(({ kind, text }) => kind === 'notice' && text.startsWith(beginning)).length;
}

/** A model that goes round in circles is told so once, and then stopped. */
function repetitionEnd({ conversation }: TurnPorts): StepEnd {
  const repetition = repetitionOf(conversation());
  if (repetition.kind === 'fine') return {};
  return repetition.kind === 'warn'
    ? { notice: repetition.notice }
    : { end: 'repeating', message: `The agent was stopped: ${repetition.reason}` };
}

/** The engine's word to the model; clients see it too. */
const tell = (notice: string, ports: TurnPorts) =>
  ports.recordEvent({ role: 'system', eventType: 'AgentNotice', content: notice, metadata: {} });
