// One turn: the model answers, its tool calls run, until it is done, or a limit or an interrupt ends it.
import { v7 as uuid } from 'uuid';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredEvent, ToolCall, TurnEnd, Usage } from '../../schema/event.ts';
import { cleanText } from '../../schema/text.ts';
import type { Answer, ContextEntry, Delta, Model } from '../models/model.ts';
import { type PreparedCall, prepareCall } from '../tools/registry.ts';
import { errorObservation, type Recorded } from '../tools/tool.ts';

/** What a turn needs of its session. */
export type TurnPorts = {
  model: Model;
  sandbox: Sandbox;
  signal: AbortSignal;
  iterationsMax: number;
  commandTimeoutMs: number;
  now(): number;
  /** The conversation so far, with every message that has come in by now; marks them read. */
  read(): ContextEntry[];
  record(recorded: Recorded): StoredEvent;
  /** False when the session is no longer this actor's. */
  stored(event: StoredEvent): Promise<boolean>;
  /** Waits while persistence is behind. */
  room(): Promise<void>;
  onDelta(delta: Delta): void;
  onFilesChanged(): void;
};

export type TurnResult = { end: TurnEnd; message: string; usage: Usage };

const interruptedSentence = 'This turn was interrupted before the call was done.';

export async function runTurn(ports: TurnPorts): Promise<TurnResult> {
  const startedAtMs = ports.now();
  const usage: Usage = {
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    steps: 0,
    durationMs: 0,
  };
  const ended = (end: TurnEnd, message: string): TurnResult => {
    usage.durationMs = ports.now() - startedAtMs;
    return { end, message, usage };
  };

  while (usage.steps < ports.iterationsMax) {
    await ports.room();
    const result = await ports.model.answer({ system: '', context: ports.read(), tools: [] }, ports);
    if (result.kind === 'cancelled' || ports.signal.aborted) return ended('interrupted', 'The turn was interrupted.');
    if (result.kind === 'failed') return ended('failed', result.message);
    usage.steps++;
    addTo(usage, result.answer.usage);
    const isDone = await takeStep(result.answer, ports);
    if (ports.signal.aborted) return ended('interrupted', 'The turn was interrupted.');
    if (isDone) return ended('finished', 'The agent has completed its task.');
  }
  return ended('iterations', `The agent was stopped after ${ports.iterationsMax} steps (MAX_ITERATIONS).`);
}

/** @returns whether the turn is over: the model finished, or had nothing more to do. */
async function takeStep(answer: Answer, ports: TurnPorts): Promise<boolean> {
  const answerId = uuid();
  const record = ({ metadata, ...recorded }: Recorded) =>
    ports.record({ ...recorded, metadata: { ...metadata, answerId } });
  if (answer.text !== '') record({ eventType: 'MessageAction', content: cleanText(answer.text), metadata: {} });
  let isDone = answer.toolCalls.length === 0;
  let changedFiles = false;
  for (const call of answer.toolCalls) {
    const prepared = prepareCall(call);
    await takeCall(call, prepared, record, ports);
    isDone ||= prepared.endsTurn;
    changedFiles ||= prepared.changesFiles;
  }
  if (changedFiles) ports.onFilesChanged();
  return isDone;
}

/** Stores the call, then runs it, then records what came of it. */
async function takeCall(
  call: ToolCall,
  prepared: PreparedCall,
  record: TurnPorts['record'],
  ports: TurnPorts,
): Promise<void> {
  const action = record(prepared.action);
  if (!prepared.run) return;
  const isOurs = await ports.stored(action);
  if (!isOurs) return;
  if (ports.signal.aborted) {
    ports.record(answerTo(call, errorObservation(interruptedSentence)));
    return;
  }
  ports.record(await prepared.run(ports));
}

export const answerTo = (call: ToolCall, recorded: Recorded): Recorded => ({
  ...recorded,
  metadata: { ...recorded.metadata, toolCallId: call.id },
});

function addTo(usage: Usage, more: Answer['usage']): void {
  usage.inputTokens += more.inputTokens;
  usage.outputTokens += more.outputTokens;
  usage.cachedTokens += more.cachedTokens;
  usage.cacheWriteTokens += more.cacheWriteTokens;
}
