// Runs a sub-agent: a turn of its own below a call, whose events are kept apart from the session's conversation.
import { bulkhead } from 'cockatiel';
import type { Role, StoredEvent } from '../../schema/event.ts';
import { cutText } from '../../schema/rules/text.ts';
import type { ContextEntry } from '../models/model.ts';
import { makeErrorObservation, type ToolEvent } from '../tools/tool.ts';
import type { ToolSet } from '../tools/tool-set.ts';
import type { CallGate } from './call-gate.ts';
import { buildContext } from './transcript.ts';
import { runTurn, type SubAgentCall, type TurnDependencies, type TurnResult } from './turn.ts';
import { noUsage } from './turn-usage.ts';

/** Steps of one sub-agent: a part of a task, where a whole one has 500. */
const subAgentStepsMax = 100;
/** Characters of a report, some 4,000 tokens: it is read in every later request. */
const reportCharsMax = 12_000;

/** What the sub-agent's tools leave out: nobody answers it, and its plan is nobody's. */
const withheldTools: ReadonlySet<string> = new Set(['delegate', 'ask_user', 'present_plan', 'plan', 'background']);

/** @param mayChange whether it may do more than look */
function chooseSubAgentTools(parent: ToolSet, mayChange: boolean): ToolSet {
  const find = (name: string) => {
    const tool = parent.find(name);
    const fits = tool && !withheldTools.has(tool.name) && (mayChange || tool.isReadOnly || tool.endsTurn);
    return fits ? tool : undefined;
  };
  return { ...parent, described: parent.described.filter(({ name }) => find(name)), find };
}

const cannotAsk = 'This needs the word of a person, and a sub-agent can’t ask for it: leave it, and report that.';

/** What would be asked is denied: the agent itself can ask. */
const makeGate = (gate: CallGate): CallGate => ({
  ...gate,
  decide: (call, use, before) => {
    const verdict = gate.decide(call, use, before);
    return verdict.decision === 'ask' ? { decision: 'deny', reason: `${verdict.reason} ${cannotAsk}` } : verdict;
  },
});

const role = `

# Your part

You do one part of another agent's work, which the message gives you. Nobody but that agent reads what you write, and it \
reads only the message of your finish: report there what was asked for, exactly and in few words, with paths and lines. \
What you could not find or do, say so.`;

/** Sub-agents of one session at once; more wait for their turn. */
export const subAgentsMax = 4;

/** Runs sub-agents, each of which gives its report as the observation of its call. */
export function openSubAgents(): (call: SubAgentCall) => Promise<ToolEvent> {
  const places = bulkhead(subAgentsMax, Number.POSITIVE_INFINITY);
  return (call) => places.execute(() => runSubAgent(call));
}

async function runSubAgent({ call, task, parent, onSpent }: SubAgentCall): Promise<ToolEvent> {
  const { now, recordEvent } = parent;
  const events: StoredEvent[] = [];
  const startedAtMs = now();
  const record = (recorded: ToolEvent & { role?: Role }) => {
    const event = recordEvent({ ...recorded, metadata: { ...recorded.metadata, parentToolCallId: call.id } });
    events.push(event);
    return event;
  };
  const peekConversation = (): ContextEntry[] =>
    events.length === 0 ? [{ kind: 'user', text: task.task }] : buildContext(events, task.task);
  const { timeLeftMs } = parent;
  const dependencies: TurnDependencies = {
    ...parent,
    leaveBeforeStep: undefined,
    get timeLeftMs() {
      return timeLeftMs - (now() - startedAtMs);
    },
    system: parent.system + role,
    toolSet: chooseSubAgentTools(parent.toolSet, task.mayChange),
    gate: makeGate(parent.gate),
    iterationsMax: Math.min(parent.iterationsMax, subAgentStepsMax),
    usageBefore: noUsage,
    recordEvent: record,
    peekConversation,
    readConversation: () => ({ context: peekConversation(), through: events.at(-1)?.sequence ?? 0, events }),
    findPending: () => undefined,
    onDelta: () => undefined,
    onCallsRun: async () => undefined,
    onAnswered: (tokens, _, model) => onSpent(tokens, model),
    runSubAgent: undefined,
  };
  return observeEnd(await runTurn(dependencies), events);
}

function observeEnd({ end, message }: TurnResult, events: readonly StoredEvent[]): ToolEvent {
  const said = events.findLast(({ eventType }) => eventType === 'AgentFinishAction' || eventType === 'MessageAction');
  const report = cutText(said?.content ?? '', reportCharsMax);
  if (end === 'finished') return { eventType: 'DelegateObservation', content: report, metadata: {} };
  const why = `The sub-agent did not come to its end. ${message}`;
  return makeErrorObservation(report === '' ? why : `${why} It said last: ${report}`);
}
