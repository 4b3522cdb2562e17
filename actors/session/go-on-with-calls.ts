// Goes on with the calls of an answer that waited for a person: one after another, until one waits that nobody has decided.
import type { StoredEvent, ToolCall } from '../../schema/event.ts';
import { type PreparedCall, prepareCall } from '../tools/prepare-call.ts';
import { makeErrorObservation, type ToolEvent } from '../tools/tool.ts';
import {
  type CallDependencies,
  type CallsResult,
  judgeCall,
  linkToCall,
  refuseUse,
  runAndObserve,
} from './run-calls.ts';
import { makeApprovalWanted } from './wait-events.ts';
import type { PendingAnswer, PendingCall } from './waits.ts';

export type GoOnDependencies = Omit<CallDependencies, 'recordEvent'> & {
  recordEvent(recorded: ToolEvent): StoredEvent;
  /** The answer as it stands now: people may decide about its later calls while earlier ones run. */
  findPending(): PendingAnswer | undefined;
};

/** @returns undefined where there is nothing to go on with */
export async function goOnWithCalls(dependencies: GoOnDependencies): Promise<CallsResult | undefined> {
  const first = dependencies.findPending();
  if (!first) return undefined;
  let changedFiles = false;
  for (let pending: PendingAnswer | undefined = first; pending; pending = dependencies.findPending()) {
    const [next] = pending.calls;
    if (!next || dependencies.signal.aborted) break;
    const use = planUse(next, ofAnswer(pending, dependencies));
    if (use === 'wait') return { endsTurn: false, changedFiles, waits: true };
    if (use.endsTurn) return { endsTurn: true, changedFiles };
    if (!(await dependencies.waitUntilStored({ sequence: next.decided?.sequence ?? pending.sequence }))) break;
    const observed = await runAndObserve({ call: next.call, use }, dependencies);
    ofAnswer(pending, dependencies).recordEvent(observed);
    changedFiles ||= use.changesFiles;
  }
  return { endsTurn: false, changedFiles };
}

/** What is recorded belongs to the answer. */
const ofAnswer = ({ answerId, readThrough }: PendingAnswer, dependencies: GoOnDependencies): GoOnDependencies => ({
  ...dependencies,
  recordEvent: ({ metadata, ...recorded }) =>
    dependencies.recordEvent({ ...recorded, metadata: { ...metadata, answerId, readThrough } }),
});

function planUse({ call, wait, decided }: PendingCall, dependencies: GoOnDependencies): PreparedCall | 'wait' {
  const judged = judgeCall(call, dependencies);
  if (wait && !decided) return wait.kind === 'approval' && judged.verdict.decision !== 'ask' ? judged.use : 'wait';
  if (!wait || !decided) {
    if (judged.verdict.decision !== 'ask') return judged.use;
    const { gate, recordEvent } = dependencies;
    recordEvent(makeApprovalWanted(call, judged.verdict, gate.endOfWait()));
    return 'wait';
  }
  const { made, words } = decided;
  if (wait.kind === 'plan') return observePlan(judged.use, call, { isAllowed: made.decision !== 'deny', words });
  if (made.decision === 'deny') return refuseUse(judged.use, call, deniedSentence(words));
  if (judged.verdict.decision === 'deny') return judged.use;
  return made.input === undefined ? judged.use : useChanged(call, made.input, dependencies);
}

/** The policy's denials count for a changed input too; the person has allowed what would ask. */
function useChanged(call: ToolCall, input: Record<string, unknown>, dependencies: GoOnDependencies): PreparedCall {
  const changed = { ...call, input };
  const { use, verdict } = judgeCall(changed, dependencies);
  if (verdict.decision === 'deny' || use.isInvalid) return use;
  const { run } = prepareCall(changed, dependencies.toolSet);
  const note = `[The user changed the input of this call to ${JSON.stringify(input)}]\n`;
  return {
    ...use,
    run: async (toolRun) => {
      const observed = (await run?.(toolRun)) ?? linkToCall(call, makeErrorObservation('The call does nothing.'));
      return { ...observed, content: `${note}${observed.content}` };
    },
  };
}

const observePlan = (
  use: PreparedCall,
  call: ToolCall,
  { isAllowed, words }: { isAllowed: boolean; words: string },
): PreparedCall => ({
  ...use,
  run: async () =>
    linkToCall(call, {
      eventType: 'PresentPlanObservation',
      content: joinWords(isAllowed ? planAllowed : planDenied, words),
      metadata: {},
    }),
});

const planAllowed = 'The user has approved the plan. Carry it out.';
const planDenied = 'The user has not approved the plan. Change it and present it again.';
const deniedSentence = (words: string) =>
  joinWords('The user did not allow this call, and it was not run. Do not do the same in another way.', words);

const joinWords = (sentence: string, words: string): string =>
  words === '' ? sentence : `${sentence} The user says: ${words}`;
