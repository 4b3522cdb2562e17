// One turn: the model answers, its tool calls run, until it is done, or a limit or an interrupt ends it.
import type { ContextShare, Role, StoredEvent, ToolCall, TurnEnd, Usage } from '../../schema/event.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import { createId } from '../create-id.ts';
import { costOf } from '../models/cost.ts';
import type { Answer, AnswerResult, ContextEntry, Model, PartialAnswer, Thought } from '../models/model.ts';
import type { CutReason } from '../tools/cut-call.ts';
import type { DelegatedTask, ToolEvent } from '../tools/tool.ts';
import { matchToolName } from '../tools/tool-set.ts';
import { type AskDependencies, askModel, estimateUsd, requestTokensMaxOf } from './ask-model.ts';
import type { Budget } from './budgets.ts';
import { goOnWithCalls } from './go-on-with-calls.ts';
import { type LimitDependencies, meetLimit } from './meet-limit.ts';
import { findRepetition, sameErrorsMax } from './repetition.ts';
import { type CallDependencies, type CallsResult, runCalls } from './run-calls.ts';
import { interruptedTurnSentence, notStartedSentence } from './session-sentences.ts';
import type { ReachedLimit } from './turn-limits.ts';
import type { PendingAnswer } from './waits.ts';

/** What a turn needs of its session: the model, its tools and the limits are read anew for each step, since messages choose them. */
export type TurnDependencies = Omit<AskDependencies, 'onSpent' | 'recordEvent' | 'tools'> &
  Omit<LimitDependencies, 'recordEvent'> &
  Omit<CallDependencies, 'recordEvent' | 'delegate'> & {
    /** What it used before the engine was started again. */
    usageBefore: Usage;
    /** The conversation so far, without marking its messages as read. */
    peekConversation(): readonly ContextEntry[];
    now(): number;
    recordEvent(recorded: ToolEvent & { role?: Role }): StoredEvent;
    /** Cuts the turn where it is to leave this engine after a step; absent for a sub-agent, which is part of one. */
    leaveBeforeStep?: (() => void) | undefined;
    /** Waits while persistence is behind. */
    waitForRoom(): Promise<void>;
    /** The budgets that hold now. @param turnUsd what the turn has cost */
    readBudgets(turnUsd: number, estimateNextUsd: () => number): Promise<readonly Budget[]>;
    /** Records what the model has to know of where its calls have come to. */
    onCallsRun(): Promise<void>;
    onFilesChanged(): void;
    /** Resolves once the files are taken as the step before has left them; undefined where they are. */
    waitForSnapshot?: (() => Promise<unknown> | undefined) | undefined;
    /** The calls that are left of an answer on which the turn waited for a person. */
    findPending(): PendingAnswer | undefined;
    /** Runs a sub-agent; absent for one. */
    runSubAgent?: ((call: SubAgentCall) => Promise<ToolEvent>) | undefined;
    /** Is told what each answer took; the price only where the model's prices are known. */
    onAnswered(tokens: Answer['usage'], costUsd: number | undefined, model: Model): void;
  };

/** A sub-agent's task, and the turn that it is a part of, which its tokens are counted for. */
export type SubAgentCall = {
  call: ToolCall;
  task: DelegatedTask;
  parent: TurnDependencies;
  onSpent(tokens: Answer['usage'], model: Model): void;
};

/** `waiting`: a person has to speak first, and then it goes on. */
type TurnRest = TurnEnd | 'waiting';

/** Without `usage` the turn's events tell what it has used. */
export type TurnResult = { end: TurnRest; message: string; usage?: Usage };

/** Up to which event the model had read for an answer, what the turn has used including it, and how full the context is. */
type AnswerProgress = { readThrough: number; usage: Usage; context: ContextShare };

/** What one step needs of its turn. */
type StepDependencies = TurnDependencies & Pick<CallDependencies, 'delegate'>;

/** How the turn ended, or what the model is told before the next step, if anything. */
type StepOutcome = { end: TurnRest; message: string } | { notice?: string };

/** A turn that could not begin, or that a bug of the engine ended. */
export const failedTurnOf = (message: string): TurnResult => ({ end: 'failed', message });

/** A turn that was cut before its workspace was there. */
export const notStartedTurn: TurnResult = { end: 'interrupted', message: notStartedSentence };

export async function runTurn(dependencies: TurnDependencies): Promise<Required<TurnResult>> {
  const startedAtMs = dependencies.now();
  const usage: Usage = { ...dependencies.usageBefore };
  const countUsage = (): Usage => ({
    ...usage,
    durationMs: dependencies.usageBefore.durationMs + dependencies.now() - startedAtMs,
  });
  let contextTokens = 0;
  const countProgress = (readThrough: number, model: Model): AnswerProgress => ({
    readThrough,
    usage: countUsage(),
    context: { tokens: contextTokens, tokensMax: requestTokensMaxOf(model) },
  });
  const endTurn = (end: TurnRest, message: string) => ({ end, message, usage: countUsage() });
  const countSpent = (tokens: Answer['usage'], model: Model) => {
    for (const kind of ['inputTokens', 'outputTokens', 'cachedTokens', 'cacheWriteTokens'] as const)
      usage[kind] += tokens[kind];
    const costUsd = model.prices && costOf(tokens, model.prices);
    if (costUsd !== undefined) usage.costUsd = (usage.costUsd ?? 0) + costUsd;
    dependencies.onAnswered(tokens, costUsd, model);
  };

  /** @param limit that leaves no step behind this one: what the model says in it doesn't pass for the end of its task */
  const settleStep = (step: StepOutcome, limit?: ReachedLimit) => {
    if (dependencies.signal.aborted) return endTurn('interrupted', interruptedTurnSentence);
    if (limit && (!('end' in step) || step.end === 'finished')) return endTurn(limit.end, limit.message);
    if ('end' in step) return endTurn(step.end, step.message);
    if (step.notice !== undefined) recordNotice(step.notice, dependencies);
    return undefined;
  };

  const readOurBudgets: TurnDependencies['readBudgets'] = (_, estimateNextUsd) =>
    dependencies.readBudgets(usage.costUsd ?? 0, estimateNextUsd); // What a sub-agent costs is the turn's.
  const same = { ...dependencies, readBudgets: readOurBudgets };
  /** What a step needs, as it is now: its means may change with each message that a turn reads, and with the time. */
  const withSubAgents = (): StepDependencies => {
    const { model, toolSet, system, iterationsMax, timeoutMs, timeLeftMs, commandTimeoutMs, runSubAgent } =
      dependencies;
    const means = { model, toolSet, system, iterationsMax, timeoutMs, timeLeftMs, commandTimeoutMs };
    const parent: StepDependencies = { ...same, ...means };
    parent.delegate = runSubAgent && ((call, task) => runSubAgent({ call, task, parent, onSpent: countSpent }));
    return parent;
  };

  /** What the last step cost. */
  let stepUsd: number | undefined;
  const endOfGoingOn = settleStep(await goOn(withSubAgents()));
  if (endOfGoingOn) return endOfGoingOn;
  for (;;) {
    dependencies.leaveBeforeStep?.();
    if (dependencies.signal.aborted) return endTurn('interrupted', interruptedTurnSentence);
    await dependencies.waitForRoom();
    const estimateNextUsd = () => stepUsd ?? estimateUsd(dependencies);
    const budgets = await dependencies.readBudgets(usage.costUsd ?? 0, estimateNextUsd);
    const current = withSubAgents();
    const { model, toolSet } = current;
    const limit = meetLimit(current, { steps: usage.steps, stepUsd, budgets });
    if (limit?.isOver) return endTurn(limit.end, limit.message);
    const usdBefore = usage.costUsd ?? 0;
    const onSpent = (tokens: Answer['usage']) => {
      contextTokens = tokens.inputTokens + tokens.outputTokens;
      countSpent(tokens, model);
    };
    const { result, readThrough } = await askModel({ ...current, tools: toolSet.described, onSpent });
    if (result.kind === 'cancelled' || current.signal.aborted) {
      recordPartial(result, countProgress(readThrough, model), current);
      return endTurn('interrupted', interruptedTurnSentence);
    }
    if (result.kind === 'failed') return endTurn('failed', result.message);
    usage.steps++;
    stepUsd = (usage.costUsd ?? 0) - usdBefore;
    const ended = settleStep(await runStep(result.answer, countProgress(readThrough, model), current), limit);
    if (ended) return ended;
  }
}

/** Records what the model said, and does what it asked for. */
async function runStep(answer: Answer, progress: AnswerProgress, dependencies: StepDependencies): Promise<StepOutcome> {
  const recordEvent = recordAnswer(answer, progress, dependencies);
  const calls = answer.toolCalls.map((call) => ({ ...call, name: matchToolName(call.name, dependencies.toolSet) }));
  const taken = calls.length > 0 ? dependencies.waitForSnapshot?.() : undefined;
  if (taken) await taken;
  const result = await runCalls(calls, { ...dependencies, recordEvent });
  const decided = decideCalls(result, dependencies);
  if (decided) return decided;
  if (calls.length > 0) await dependencies.onCallsRun();
  return decideStep(answer, dependencies);
}

/** Goes on with the calls of an answer on which the turn waited for a person. */
async function goOn(dependencies: StepDependencies): Promise<StepOutcome> {
  const result = await goOnWithCalls(dependencies);
  if (!result) return {};
  const decided = decideCalls(result, dependencies);
  if (decided) return decided;
  await dependencies.onCallsRun();
  return decideRepetition(dependencies);
}

/** @returns undefined where the calls don't end the turn */
function decideCalls(
  { endsTurn, changedFiles, waits }: CallsResult,
  { onFilesChanged }: TurnDependencies,
): StepOutcome | undefined {
  if (changedFiles) onFilesChanged();
  if (waits) return { end: 'waiting', message: '' };
  return endsTurn ? finishedOutcome : undefined;
}

/** @returns what records the rest of the same answer */
function recordAnswer(
  { thoughts, text }: PartialAnswer,
  { readThrough, usage, context }: AnswerProgress,
  dependencies: TurnDependencies,
) {
  const answerId = createId();
  const isCounted = usage.inputTokens + usage.outputTokens > 0; // A script uses no tokens.
  let first = isCounted ? { usage, context, model: dependencies.model.name } : {};
  const record = ({ metadata, ...recorded }: ToolEvent & { role?: Role }) => {
    const draft = { ...recorded, content: cleanText(recorded.content) };
    const event = dependencies.recordEvent({ ...draft, metadata: { ...metadata, ...first, answerId, readThrough } });
    first = {};
    return event;
  };
  for (const thought of thoughts) record(thoughtDraftOf(thought));
  if (text !== '') record({ eventType: 'MessageAction', content: text, metadata: {} });
  return record;
}

/** Records what clients have seen of a cut answer, unless the turn goes on elsewhere and asks for it again. */
function recordPartial(result: AnswerResult, progress: AnswerProgress, dependencies: TurnDependencies): void {
  const partial = partialOf(result);
  const cut = dependencies.signal.reason as CutReason;
  if (!partial || cut === 'passivated' || cut === 'fenced') return;
  recordAnswer(partial, progress, dependencies);
  if (partial.cutCalls) recordNotice(writeCutCallsNotice(partial.cutCalls), dependencies);
}

function partialOf(result: AnswerResult): PartialAnswer | undefined {
  if (result.kind === 'cancelled') return result.partial;
  if (result.kind !== 'answered') return undefined;
  const { toolCalls, ...answer } = result.answer;
  return { ...answer, ...(toolCalls.length > 0 && { cutCalls: toolCalls.map(({ name }) => name) }) };
}

const writeCutCallsNotice = (names: readonly string[]): string =>
  `Your answer was cut off here. What it called was not run: ${cutText(names.join(', '), 200)}.`;

/** A thought without text is recorded for its signature, which the provider wants back. */
const thoughtDraftOf = ({ text, signature, behind }: Thought): ToolEvent & { role?: Role } => ({
  eventType: text === '' ? 'HiddenThought' : 'ThinkAction',
  ...(text === '' && { role: 'system' }),
  content: text,
  metadata: {
    ...(text !== '' && { thought: text }),
    ...(signature !== undefined && { signature }),
    ...(behind !== undefined && { behind }),
  },
});

const finishedOutcome = { end: 'finished', message: 'The agent has completed its task.' } as const;
const cutNotice = 'Your last answer was cut off at the limit of output. Go on from there, in smaller steps.';
const emptyNotice =
  'Your last answer was empty. Go on with the task, or call finish when it is done; another empty answer ends the turn.';

function decideStep({ text, toolCalls, stop, calledName }: Answer, dependencies: TurnDependencies): StepOutcome {
  if (stop === 'refused') return { end: 'refused', message: 'The model refused to go on with this.' };
  if (stop === 'cut') return { notice: cutNotice };
  if (stop === 'noSuchTool') return decideUnknownTool(calledName, dependencies);
  if (toolCalls.length > 0) return decideRepetition(dependencies);
  if (text !== '') return finishedOutcome;
  if (countNotices(emptyNotice, dependencies) === 0) return { notice: emptyNotice };
  return { end: 'failed', message: 'The model gave an empty answer, and another one when it was told so.' };
}

const noSuchTool = 'There is no such tool';

/** The provider keeps such a call to itself, so a notice says which tools there are. */
function decideUnknownTool(calledName: string | undefined, dependencies: TurnDependencies): StepOutcome {
  const told = countNotices(noSuchTool, dependencies);
  if (told + 1 >= sameErrorsMax)
    return { end: 'failed', message: `The model called a tool that is not there ${told + 1} times in a row.` };
  const called = calledName === undefined ? '' : ` as ${cutText(calledName, 100)}`;
  const names = dependencies.toolSet.described.map(({ name }) => name).join(', ');
  return { notice: `${noSuchTool}${called}; nothing was called. Your tools are: ${names}.` };
}

/** How often the model got this notice since it called a tool or the user said something. */
function countNotices(beginning: string, { peekConversation }: TurnDependencies): number {
  const entries = peekConversation();
  const since = entries.findLastIndex(
    (entry) => entry.kind === 'user' || (entry.kind === 'answer' && entry.calls.length > 0),
  );
  return entries.slice(since + 1).filter(({ kind, text }) => kind === 'notice' && text.startsWith(beginning)).length;
}

/** A model that repeats itself is told so once, and then stopped. */
function decideRepetition({ peekConversation, toolSet }: TurnDependencies): StepOutcome {
  const repetition = findRepetition(peekConversation(), toolSet);
  if (repetition.kind === 'fine') return {};
  return repetition.kind === 'warn'
    ? { notice: repetition.notice }
    : { end: 'repeating', message: `The agent was stopped: ${repetition.reason}` };
}

/** Tells the model and the clients. */
const recordNotice = (notice: string, dependencies: TurnDependencies) =>
  dependencies.recordEvent({ role: 'system', eventType: 'AgentNotice', content: notice, metadata: {} });
