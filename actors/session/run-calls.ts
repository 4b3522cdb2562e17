// Runs the tool calls of one answer: each is stored before it runs; those in a row that only read run at once.
import { setImmediate as letOthersWork } from 'node:timers/promises';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Outcome } from '../../schema/error.ts';
import type { StoredEvent, ToolCall } from '../../schema/event.ts';
import type { CallHooks } from '../hooks/call-hooks.ts';
import { writeCutCallNote } from '../tools/cut-call.ts';
import { type PreparedCall, prepareCall } from '../tools/prepare-call.ts';
import { type DelegatedTask, makeErrorObservation, type ToolEvent, type ToolRun } from '../tools/tool.ts';
import type { ToolSet } from '../tools/tool-set.ts';
import type { CallGate, GateVerdict } from './call-gate.ts';
import type { OutputFeed } from './output-feed.ts';
import { makeApprovalWanted, waitOfAsked } from './wait-events.ts';

export type CallDependencies = {
  sandbox: Sandbox;
  toolSet: ToolSet;
  signal: AbortSignal;
  commandTimeoutMs: number;
  /** Says before a call runs whether it may. */
  gate: CallGate;
  /** Commands that run before and after calls. */
  hooks?: CallHooks | undefined;
  recordEvent(recorded: ToolEvent): StoredEvent;
  /** Resolves false when the session is no longer this actor's. */
  waitUntilStored(event: Pick<StoredEvent, 'sequence'>): Promise<boolean>;
  keepImage(bytes: Uint8Array): Promise<Outcome<string>>;
  /** Runs the sub-agent of a call; absent where a sub-agent itself calls. */
  delegate?: ((call: ToolCall, task: DelegatedTask) => Promise<ToolEvent>) | undefined;
  /** Opens the feed that shows clients what a call prints. */
  openOutput(call: ToolCall): Pick<OutputFeed, 'addOutput' | 'endOutput'>;
};

/** `waits`: the next call, and all behind it, are recorded and wait for a person. */
export type CallsResult = { endsTurn: boolean; changedFiles: boolean; waits?: true };

export type JudgedCall = { call: ToolCall; use: PreparedCall; verdict: GateVerdict };

/** How long calls are judged before other sessions have their turn. */
const judgedAtOnceMs = 2;

export async function runCalls(calls: readonly ToolCall[], dependencies: CallDependencies): Promise<CallsResult> {
  const judged = await judgeCalls(calls, dependencies);
  const groups = groupCalls(judged);
  for (const [at, group] of groups.entries()) {
    if (group.some(isAsked) && !dependencies.signal.aborted) {
      await recordWaiting(groups.slice(at).flat(), dependencies);
      return { ...resultOf(groups.slice(0, at).flat()), waits: true };
    }
    await runGroup(group, dependencies);
  }
  return resultOf(judged);
}

/** Many calls, each compared with many rules, would keep other sessions waiting; few are stored with what came before. */
async function judgeCalls(calls: readonly ToolCall[], dependencies: CallDependencies): Promise<JudgedCall[]> {
  const judged: JudgedCall[] = [];
  const before: ToolCall[] = [];
  let sinceMs = performance.now();
  for (const call of calls) {
    if (performance.now() - sinceMs > judgedAtOnceMs) {
      await letOthersWork();
      sinceMs = performance.now();
    }
    judged.push(judgeCall(call, dependencies, before));
    before.push(call);
  }
  return judged;
}

const resultOf = (calls: readonly JudgedCall[]): CallsResult => ({
  endsTurn: calls.some(({ use }) => use.endsTurn),
  changedFiles: calls.some(({ use }) => use.changesFiles),
});

/** A call that the policy denies only says so when it is run. */
export function judgeCall(
  call: ToolCall,
  { toolSet, gate }: Pick<CallDependencies, 'toolSet' | 'gate'>,
  before: readonly ToolCall[] = [],
): JudgedCall {
  const use = prepareCall(call, toolSet);
  const verdict: GateVerdict = use.isInvalid ? { decision: 'allow' } : gate.decide(call, use, before);
  if (verdict.decision !== 'deny') return { call, use, verdict };
  return { call, use: refuseUse(use, call, verdict.reason), verdict };
}

export const refuseUse = ({ action }: PreparedCall, call: ToolCall, reason: string): PreparedCall => ({
  action,
  isReadOnly: false,
  changesFiles: false,
  endsTurn: false,
  isInvalid: true,
  run: async () => linkToCall(call, makeErrorObservation(reason)),
});

/** Whether its result comes from a person, or it runs only where a person allows it. */
const isAsked = ({ use, verdict }: JudgedCall): boolean => use.asked !== undefined || verdict.decision === 'ask';

/** Groups calls in a row that only read; every other call is alone. */
function groupCalls(judged: readonly JudgedCall[]): JudgedCall[][] {
  const groups: JudgedCall[][] = [];
  const isFree = (judgedCall: JudgedCall) => judgedCall.use.isReadOnly && !isAsked(judgedCall);
  for (const judgedCall of judged) {
    const group = groups.at(-1);
    if (group && isFree(judgedCall) && group.every(isFree)) group.push(judgedCall);
    else groups.push([judgedCall]);
  }
  return groups;
}

/** Records all calls from the one that waits on, and what is asked of a person: rows say where the answer stands then. */
async function recordWaiting(calls: readonly JudgedCall[], dependencies: CallDependencies): Promise<void> {
  const { recordEvent, gate, waitUntilStored } = dependencies;
  const untilMs = gate.endOfWait();
  for (const { call, use } of calls)
    recordEvent(use.asked ? waitOfAsked(use.action, call, use.asked, untilMs) : use.action);
  const wanted = calls.flatMap(({ call, verdict }) =>
    verdict.decision === 'ask' ? [recordEvent(makeApprovalWanted(call, verdict, untilMs))] : [],
  );
  const last = wanted.at(-1);
  if (last) await waitUntilStored(last);
}

async function runGroup(group: readonly JudgedCall[], dependencies: CallDependencies): Promise<void> {
  const actions = group.map(({ use }) => dependencies.recordEvent(use.action));
  const running = group.filter(({ use }) => use.run !== undefined);
  const last = actions.at(-1);
  if (running.length === 0 || !last || !(await dependencies.waitUntilStored(last))) return;
  const observations = dependencies.signal.aborted
    ? running.map(({ call }) => linkToCall(call, makeErrorObservation(writeCutCallNote(dependencies.signal))))
    : await Promise.all(running.map((judgedCall) => runAndObserve(judgedCall, dependencies)));
  for (const observation of observations) dependencies.recordEvent(observation);
}

export async function runAndObserve(
  { call, use }: Pick<JudgedCall, 'call' | 'use'>,
  dependencies: CallDependencies,
): Promise<ToolEvent> {
  const { sandbox, signal, commandTimeoutMs, keepImage, delegate } = dependencies;
  const { folder } = dependencies.toolSet;
  const output = dependencies.openOutput(call);
  const run: ToolRun = {
    sandbox,
    signal,
    commandTimeoutMs,
    keepImage,
    ...(folder !== undefined && { folder }),
    ...(delegate && { delegate: (task) => delegate(call, task) }),
    onOutput: (chunk) => output.addOutput(chunk),
  };
  try {
    return await runHooked(call, use, dependencies, async () =>
      use.run ? use.run(run) : linkToCall(call, makeErrorObservation('The call does nothing.')),
    );
  } finally {
    output.endOutput();
  }
}

/** A call that only says something has no hooks: one that is refused, wrong, or asks a person. */
async function runHooked(
  call: ToolCall,
  { action, isInvalid, asked }: PreparedCall,
  { hooks }: CallDependencies,
  run: () => Promise<ToolEvent>,
): Promise<ToolEvent> {
  if (!hooks || isInvalid || asked) return run();
  const blocked = await hooks.runBefore({ call, action });
  return blocked ? linkToCall(call, blocked) : hooks.runAfter({ call, action }, await run());
}

export const linkToCall = (call: ToolCall, recorded: ToolEvent): ToolEvent => ({
  ...recorded,
  metadata: { ...recorded.metadata, toolCallId: call.id },
});
