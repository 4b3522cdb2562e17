// Runs the tool calls of one answer: each is stored before it runs; those in a row that only read run at once.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredEvent, ToolCall } from '../../schema/event.ts';
import { type PreparedCall, prepareCall } from '../tools/prepare-call.ts';
import { makeErrorObservation, type ToolEvent, type ToolRun } from '../tools/tool.ts';
import type { ToolSet } from '../tools/tool-set.ts';
import type { OutputFeed } from './output-feed.ts';

export type CallDependencies = {
  sandbox: Sandbox;
  toolSet: ToolSet;
  signal: AbortSignal;
  commandTimeoutMs: number;
  recordEvent(recorded: ToolEvent): StoredEvent;
  /** Resolves false when the session is no longer this actor's. */
  waitUntilStored(event: StoredEvent): Promise<boolean>;
  /** Opens the feed that shows clients what a call prints. */
  openOutput(call: ToolCall): Pick<OutputFeed, 'addOutput' | 'endOutput'>;
};

export type CallsResult = { endsTurn: boolean; changedFiles: boolean };

type Prepared = { call: ToolCall; use: PreparedCall };

const interruptedCallSentence = 'This turn was interrupted before the call was done.';

export async function runCalls(calls: readonly ToolCall[], dependencies: CallDependencies): Promise<CallsResult> {
  const prepared = calls.map((call) => ({ call, use: prepareCall(call, dependencies.toolSet) }));
  for (const group of groupCalls(prepared)) await runGroup(group, dependencies);
  return {
    endsTurn: prepared.some(({ use }) => use.endsTurn),
    changedFiles: prepared.some(({ use }) => use.changesFiles),
  };
}

/** Groups calls in a row that only read; every other call is alone. */
function groupCalls(prepared: readonly Prepared[]): Prepared[][] {
  const groups: Prepared[][] = [];
  for (const preparedCall of prepared) {
    const group = groups.at(-1);
    const joins = preparedCall.use.isReadOnly && group?.every(({ use }) => use.isReadOnly);
    if (group && joins) group.push(preparedCall);
    else groups.push([preparedCall]);
  }
  return groups;
}

async function runGroup(group: readonly Prepared[], dependencies: CallDependencies): Promise<void> {
  const actions = group.map(({ use }) => dependencies.recordEvent(use.action));
  const running = group.filter(({ use }) => use.run !== undefined);
  const last = actions.at(-1);
  if (running.length === 0 || !last || !(await dependencies.waitUntilStored(last))) return;
  const observations = dependencies.signal.aborted
    ? running.map(({ call }) => linkToCall(call, makeErrorObservation(interruptedCallSentence)))
    : await Promise.all(running.map((preparedCall) => runAndObserve(preparedCall, dependencies)));
  for (const observation of observations) dependencies.recordEvent(observation);
}

async function runAndObserve({ call, use }: Prepared, dependencies: CallDependencies): Promise<ToolEvent> {
  const { sandbox, signal, commandTimeoutMs } = dependencies;
  const output = dependencies.openOutput(call);
  const run: ToolRun = { sandbox, signal, commandTimeoutMs, onOutput: (chunk) => output.addOutput(chunk) };
  try {
    return (await use.run?.(run)) ?? linkToCall(call, makeErrorObservation('The call does nothing.'));
  } finally {
    output.endOutput();
  }
}

export const linkToCall = (call: ToolCall, recorded: ToolEvent): ToolEvent => ({
  ...recorded,
  metadata: { ...recorded.metadata, toolCallId: call.id },
});
