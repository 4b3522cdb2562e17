// What people say to the calls that wait for them: checked before it is recorded, and ended where nobody says anything.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Policy } from '../../schema/policy.ts';
import { waitMsOf } from '../../schema/policy.ts';
import type { Command, DecideCommand } from '../../schema/thread.ts';
import type { Wait } from '../../schema/wait.ts';
import { makeErrorObservation, type ToolEvent } from '../tools/tool.ts';
import { everyTool } from '../tools/tool-set.ts';
import type { CallGate } from './call-gate.ts';
import type { Recorder } from './recorder.ts';
import { judgeCall, linkToCall } from './run-calls.ts';
import { decisionOf } from './wait-events.ts';
import { findPendingAnswer, findWaitOf, findWaits } from './waits.ts';

export type RepliesDependencies = {
  recorder: Recorder;
  gate: CallGate;
  policy: Policy | undefined;
  now(): number;
};

export class Replies {
  readonly #dependencies: RepliesDependencies;

  constructor(dependencies: RepliesDependencies) {
    this.#dependencies = dependencies;
  }

  /** The wait that an answer or a decision ends; undefined for other commands. */
  check(command: Command): Outcome<Wait | undefined> {
    if (command.type !== 'answer' && command.type !== 'decide') return succeeded(undefined);
    const { recorder } = this.#dependencies;
    const found = findWaitOf(command, recorder.events);
    if (!found.ok) return found;
    return command.type === 'decide' ? this.#checkInput(command, found.value) : found;
  }

  /** A message says more than an answer could: the agent reads it next. A call that wants an approval waits on. */
  closeQuestions(): void {
    for (const { kind, toolCallId } of findWaits(this.#dependencies.recorder.events)) {
      if (kind === 'question') this.#observe(toolCallId, { eventType: 'AskUserObservation', content: messageInstead });
      if (kind === 'plan') this.#observe(toolCallId, { eventType: 'PresentPlanObservation', content: messageToPlan });
    }
  }

  /** @returns whether the policy wants the turn ended */
  endOverdue(): boolean {
    const { recorder, policy, now } = this.#dependencies;
    const overdue = findWaits(recorder.events).filter(({ untilMs }) => untilMs <= now());
    if (overdue.length > 0 && policy?.onTimeout === 'end') return true;
    for (const wait of overdue) this.#endWait(wait);
    return false;
  }

  #endWait(wait: Wait): void {
    const { recorder, policy } = this.#dependencies;
    const { kind, toolCallId } = wait;
    if (kind === 'question') this.#observe(toolCallId, { eventType: 'AskUserObservation', content: this.#noAnswer });
    else if (policy?.onTimeout === 'allow')
      recorder.recordEvent({
        role: 'system',
        eventType: 'ApprovalDecision',
        ...decisionOf({ toolCallId, decision: 'allow' }, wait),
      });
    else this.#observe(toolCallId, makeErrorObservation(this.#noDecision));
  }

  get #noAnswer(): string {
    return `${this.#nobody} Decide yourself what is safe, or finish and say what you need to know.`;
  }

  get #noDecision(): string {
    return `${this.#nobody} It was not run. Go on without it, or finish and say what you need.`;
  }

  get #nobody(): string {
    return `Nobody answered within ${waitMsOf(this.#dependencies.policy) / 1_000} seconds.`;
  }

  /** What a person has changed must be an input of the tool, and nothing that the policy denies. */
  #checkInput({ toolCallId, input, decision }: DecideCommand, wait: Wait): Outcome<Wait> {
    if (input === undefined) return succeeded(wait);
    if (wait.kind !== 'approval' || decision === 'deny') return noInputWanted;
    const { recorder, gate } = this.#dependencies;
    const pending = findPendingAnswer(recorder.events)?.calls.find(({ call }) => call.id === toolCallId);
    if (!pending || !everyTool.find(pending.call.name)) return succeeded(wait); // A server's tool checks for itself.
    const { use, verdict } = judgeCall({ ...pending.call, input }, { toolSet: everyTool, gate });
    if (verdict.decision === 'deny') return failed('invalid', `input: ${verdict.reason}`);
    return use.isInvalid ? failed('invalid', 'input: is not what the tool takes.') : succeeded(wait);
  }

  #observe(id: string, { eventType, content }: Pick<ToolEvent, 'eventType' | 'content'>): void {
    const observed = linkToCall({ id, name: '', input: {} }, { eventType, content, metadata: {} });
    this.#dependencies.recorder.recordEvent({ role: 'assistant', ...observed });
  }
}

const messageInstead = 'The user has written a message instead of an answer; it follows.';
const messageToPlan = 'The user has not decided about the plan yet, and has written a message; it follows.';
const noInputWanted = failed('invalid', 'input: goes with a decision that allows a call.');
