// Runs a session's turns, one at a time: gives a turn what it needs, cuts it short, and records how it ended.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import type { TurnEnd, Usage } from '../../schema/event.ts';
import { firstTaskOf } from '../../schema/session.ts';
import type { CallHooks } from '../hooks/call-hooks.ts';
import type { ContextEntry } from '../models/model.ts';
import type { CutReason } from '../tools/cut-call.ts';
import { type Budget, type BudgetsDependencies, hasDayBudget, readBudgets } from './budgets.ts';
import { prepareServers } from './prepare-servers.ts';
import type { Recorder } from './recorder.ts';
import type { SessionDependencies } from './session-dependencies.ts';
import { logOfSession, type SessionParts } from './session-parts.ts';
import { timeoutSentence } from './session-sentences.ts';
import { openSubAgents } from './sub-agent.ts';
import { buildContext, findLastUserSequence } from './transcript.ts';
import { failedTurnOf, notStartedTurn, runTurn, type TurnDependencies, type TurnResult } from './turn.ts';
import { choiceOfTurn } from './turn-choice.ts';
import { openTurnHooks } from './turn-hooks.ts';
import { commandTimeoutMsOf } from './turn-limits.ts';
import { limitsOf, TurnMeans } from './turn-means.ts';
import { usageSoFarOf } from './turn-usage.ts';
import { findPendingAnswer } from './waits.ts';

export type TurnListener = {
  /** The agent has read all messages that there are. */
  onMessagesRead(): void;
  /** A turn has ended, and `completed` is recorded. */
  onCompleted(): void;
  /** The turn goes on once a person has spoken. */
  onWaiting(): void;
};

/** Whether a turn that is cut for this reason goes on elsewhere or never: `completed` isn't recorded then. */
const leavesOpen: Record<CutReason, boolean> = {
  interrupted: false,
  timeout: false,
  stopped: true,
  passivated: true,
  fenced: true,
};

/** How a session records a turn's end: a timeout counts more than what the turn itself says. */
export const completionOf = (result: TurnResult, cut: CutReason | undefined): TurnResult =>
  cut === 'timeout' ? { ...result, end: 'timeout', message: timeoutSentence } : result;

/** Builds the conversation anew only where the events have changed. */
function rememberContext(
  recorder: Pick<Recorder, 'revision'>,
  build: () => readonly ContextEntry[],
): () => readonly ContextEntry[] {
  let known: { revision: number; context: readonly ContextEntry[] } | undefined;
  return () => {
    const { revision } = recorder;
    if (known?.revision !== revision) known = { revision, context: build() };
    return known.context;
  };
}

export const isOverdue = (startedAtMs: number, nowMs: number, timeoutMs: number): boolean =>
  nowMs - startedAtMs >= timeoutMs;

type RunningTurn = {
  /** Without the time in which it waited for people. */
  startedAtMs: number;
  abort: AbortController;
  isLeftOpen: boolean;
  /** Resolves when its end is recorded. */
  done: Promise<void>;
};

export class TurnRunner {
  readonly #parts: SessionParts;
  readonly #dependencies: SessionDependencies;
  #listener: TurnListener | undefined;
  #running: RunningTurn | undefined;
  #cutUsage: Usage | undefined;
  #leavesAfterStep = false;
  /** The sequence of the last message of the user that the agent has read. */
  #readThrough = 0;
  /** When the last turn ended, or the session was begun. */
  endedAtMs: number;

  constructor(parts: SessionParts, dependencies: SessionDependencies) {
    this.#parts = parts;
    this.#dependencies = dependencies;
    this.endedAtMs = dependencies.now();
  }

  start(listener: TurnListener): void {
    this.#listener = listener;
  }

  /** What the turn has used that has no end of its own; undefined where there is none, or it has used nothing. */
  get cutUsage(): Usage | undefined {
    const usage = this.#cutUsage ?? usageSoFarOf(this.#parts.recorder.events);
    return usage.steps + usage.inputTokens + usage.outputTokens > 0 ? usage : undefined;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  beginTurn(): void {
    this.#markMessagesRead(); // A turn that fails before it reads must not begin again for the same messages.
    const abort = new AbortController();
    const done = this.#runTurn(abort.signal).then((result) => this.#finishTurn(result));
    const startedAtMs = this.#dependencies.now() - usageSoFarOf(this.#parts.recorder.events).durationMs;
    this.#running = { startedAtMs, abort, isLeftOpen: false, done };
  }

  /** Cuts the running turn; the first reason counts. */
  cutShort(reason: CutReason): void {
    if (!this.#running) return;
    this.#running.isLeftOpen ||= leavesOpen[reason];
    if (!this.#running.abort.signal.aborted) this.#running.abort.abort(reason);
  }

  /** The turn ends here before its next step, and is left open. */
  leaveAfterStep(): void {
    this.#leavesAfterStep = true;
  }

  endOverdueTurn(): void {
    if (!this.#running) return;
    const { record, recorder } = this.#parts;
    const { timeoutMs } = limitsOf(choiceOfTurn(recorder.events, record.settings), this.#dependencies.config);
    if (isOverdue(this.#running.startedAtMs, this.#dependencies.now(), timeoutMs)) this.cutShort('timeout');
  }

  async waitUntilIdle(): Promise<void> {
    while (this.#running) await this.#running.done;
  }

  /** Records that messages up to there are not worked on. */
  recordCut(readThrough: number, sentence: string, end: TurnEnd = 'interrupted'): void {
    this.#readThrough = readThrough;
    this.endedAtMs = this.#dependencies.now();
    this.#recordCompleted(end, sentence);
  }

  async #runTurn(signal: AbortSignal): Promise<TurnResult> {
    const { credentials, workspace, snapshots, knowledge, announcements, record, recorder } = this.#parts;
    try {
      const model = credentials.chooseModel(choiceOfTurn(recorder.events, record.settings));
      if (!model.ok) return failedTurnOf(model.failure.detail);
      const sandbox = await waitWithin(workspace.openSandbox(), Number.POSITIVE_INFINITY, signal);
      if (typeof sandbox === 'string' || signal.aborted) return notStartedTurn;
      if (!sandbox.ok) return failedTurnOf(sandbox.failure.detail);
      if (!credentials.isMock) await knowledge.surveyOnce(sandbox.value, signal);
      await prepareServers(this.#parts, sandbox.value, signal);
      const means = TurnMeans.open(this.#parts, this.#dependencies.config, sandbox.value);
      if (!means.ok) return failedTurnOf(means.failure.detail);
      const hooks = credentials.isMock ? undefined : await this.#openHooks(sandbox.value, signal);
      const dependencies = this.#buildTurnDependencies(means.value, sandbox.value, signal);
      const result = await runTurn(Object.assign(dependencies, { hooks }));
      if (sandbox.value.background?.isActive) snapshots.noteChange(sandbox.value);
      await snapshots.settle(sandbox.value, signal);
      return result;
    } catch (bug) {
      const error = bug instanceof Error ? (bug.stack ?? bug.message) : String(bug);
      logOfSession(this.#dependencies, record.sessionId, 'error', 'turn.bug', { error });
      announcements.recordLostCalls('The engine made a mistake during this call.');
      return failedTurnOf('The engine made a mistake in this turn. It has been logged.');
    }
  }

  #openHooks(sandbox: Sandbox, signal: AbortSignal): Promise<CallHooks | undefined> {
    const { record, recorder, permissions } = this.#parts;
    return openTurnHooks({
      sandbox,
      signal,
      policy: record.settings.policy,
      isPlanAllowed: permissions.isPlanAllowed,
      operatorHooks: this.#dependencies.config.hooks,
      onProblem: (problem) => {
        const isTold = recorder.events.some(
          ({ eventType, content }) => eventType === 'AgentNotice' && content === problem,
        );
        if (!isTold) recorder.recordEvent({ role: 'system', eventType: 'AgentNotice', content: problem });
      },
    });
  }

  #buildTurnDependencies(means: TurnMeans, sandbox: Sandbox, signal: AbortSignal): TurnDependencies {
    const { counts, now, permits, writeBuffer, keptFiles } = this.#dependencies;
    const startedAtMs = this.#running?.startedAtMs ?? now();
    const timeOf = () => {
      const { timeoutMs } = means.current;
      return { timeoutMs, timeLeftMs: startedAtMs + timeoutMs - now() };
    };
    const { attachedFiles, record, recorder, knowledge, transientFeed, fileTreeFeed, snapshots } = this.#parts;
    const peekConversation = rememberContext(recorder, () =>
      buildContext(recorder.events, firstTaskOf(record.settings), knowledge.events),
    );
    return {
      get model() {
        return means.current.model;
      },
      get toolSet() {
        return means.current.toolSet;
      },
      get system() {
        return means.current.system;
      },
      get iterationsMax() {
        return means.current.iterationsMax;
      },
      get timeoutMs() {
        return means.current.timeoutMs;
      },
      get timeLeftMs() {
        return timeOf().timeLeftMs;
      },
      get commandTimeoutMs() {
        return commandTimeoutMsOf(timeOf());
      },
      sandbox,
      signal,
      usageBefore: usageSoFarOf(recorder.events),
      now,
      readConversation: () => {
        if (findLastUserSequence(recorder.events) > this.#readThrough) this.#markMessagesRead();
        return { context: peekConversation(), events: recorder.events, through: recorder.sequence };
      },
      peekConversation,
      findPending: () => findPendingAnswer(recorder.events),
      gate: this.#parts.gate,
      runSubAgent: openSubAgents(),
      recordEvent: (recorded) => {
        transientFeed.endAnswer();
        return recorder.recordEvent({ role: 'assistant', ...recorded });
      },
      waitUntilStored: (event) => recorder.waitUntilStored(event.sequence),
      leaveBeforeStep: () => {
        if (this.#leavesAfterStep) this.cutShort('passivated');
      },
      waitForRoom: async () => {
        await writeBuffer.waitForRoom();
        await attachedFiles.placeFiles(sandbox);
      },
      loadImage: (digest) => keptFiles.loadBase64(record.sessionId, digest),
      keepImage: (bytes) => keptFiles.keep(record.sessionId, bytes),
      readBudgets: (turnUsd, estimateNextUsd) => this.#readBudgets({ turnUsd, estimateNextUsd }, signal),
      onDelta: (delta) => {
        this.#noteRateWait(0);
        transientFeed.sendDelta(delta);
      },
      onRetry: (retry) => {
        counts.countRetry(means.current.model.name, retry.code);
        this.#noteRateWait(retry.code === 'rateLimited' ? retry.waitMs : 0);
        void transientFeed.sendRetry(retry);
      },
      ...(permits && { permits: permits.of(record.userId) }),
      onRateWait: (waitMs) => {
        this.#noteRateWait(waitMs);
        if (waitMs > 0) void transientFeed.sendRateWait(waitMs);
      },
      onAnswered: (tokens, costUsd, model) => {
        this.#noteRateWait(0);
        counts.countTokens(model.name, tokens, costUsd);
        if (costUsd) recorder.addSpent(costUsd, record.settings.hasOwnKey === true ? null : record.userId);
      },
      openOutput: (call) => transientFeed.openOutput(call.id),
      onCallsRun: () => knowledge.tellReached(sandbox),
      onFilesChanged: () => {
        fileTreeFeed.scheduleTree();
        snapshots.noteChange(sandbox);
      },
      waitForSnapshot: () => snapshots.waitUntilTaken(signal),
    };
  }

  /** Whoever comes later sees until when the session waits, too. */
  #noteRateWait(waitMs: number): void {
    const { knownNow, nowFeed } = this.#parts;
    if (waitMs === 0 && knownNow.rateLimitedUntilMs === undefined) return;
    knownNow.rateLimitedUntilMs = waitMs > 0 ? this.#dependencies.now() + waitMs : undefined;
    nowFeed.scheduleNow();
  }

  /** None where the turn is cut while the day's spending is asked for. */
  async #readBudgets(
    turn: Pick<BudgetsDependencies, 'turnUsd' | 'estimateNextUsd'>,
    signal: AbortSignal,
  ): Promise<readonly Budget[]> {
    const { config, spending, now } = this.#dependencies;
    const { record, recorder } = this.#parts;
    const { events, spentUsd } = recorder;
    const facts = { ...turn, record, events, spentUsd, operators: config.budgets, spending, nowMs: now() };
    if (!hasDayBudget(config.budgets)) return readBudgets(facts); // Nobody is asked, so there is nothing to wait for.
    const budgets = await waitWithin(readBudgets(facts), Number.POSITIVE_INFINITY, signal);
    return typeof budgets === 'string' ? [] : budgets;
  }

  #finishTurn(result: TurnResult): void {
    const ended = this.#running;
    this.#running = undefined;
    this.endedAtMs = this.#dependencies.now();
    this.#parts.transientFeed.endAnswer();
    this.#parts.knownNow.rateLimitedUntilMs = undefined;
    const { config, spending } = this.#dependencies;
    if (hasDayBudget(config.budgets)) spending.endTurn(this.#parts.record.sessionId);
    if (ended?.isLeftOpen) this.#cutUsage = result.usage;
    if (!ended || ended.isLeftOpen) return;
    const { end, message, usage } = completionOf(result, ended.abort.signal.reason as CutReason | undefined);
    if (end === 'waiting') return this.#listener?.onWaiting();
    this.#recordCompleted(end, message, usage);
    this.#listener?.onCompleted();
  }

  #recordCompleted(reason: TurnEnd, message: string, usage?: Usage): void {
    const { announcements, credentials, record, recorder } = this.#parts;
    if (reason === 'failed')
      logOfSession(this.#dependencies, record.sessionId, 'warn', 'turn.failed', {
        reason: credentials.masking.maskText(message),
      });
    const used = usage ?? usageSoFarOf(recorder.events);
    announcements.recordUnrunCalls();
    this.#dependencies.counts.countTurn(credentials.isMock ? 'mock' : record.settings.provider, reason);
    const { snapshots } = this.#parts;
    const kept = snapshots.lastName === undefined ? {} : { snapshot: snapshots.lastName };
    announcements.recordCompleted({ reason, message, usage: used, readThrough: this.#readThrough, ...kept });
    void snapshots.tidy();
  }

  #markMessagesRead(): void {
    this.#readThrough = findLastUserSequence(this.#parts.recorder.events);
    this.#parts.knownNow.readThrough = this.#readThrough;
    this.#parts.nowFeed.scheduleNow();
    this.#listener?.onMessagesRead();
  }
}
