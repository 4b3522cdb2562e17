// What a session's policy says of a call before it runs, with what people have allowed by then.
import type { StoredEvent, ToolCall } from '../../schema/event.ts';
import { type Policy, waitMsOf } from '../../schema/policy.ts';
import { factsOf, type GivenCall } from '../policy/call-facts.ts';
import { mayBeDangerous } from '../policy/dangers.ts';
import { type Decided, decideCall, type Said } from '../policy/decide-call.ts';
import { commandTyped } from '../policy/typed-text.ts';
import { type PreparedCall, prepareCall } from '../tools/prepare-call.ts';
import { everyTool } from '../tools/tool-set.ts';

export type GateVerdict = Decided;

export type CallGate = {
  /** @param before the calls of the same answer that come before it */
  decide(call: ToolCall, use: PreparedCall, before: readonly ToolCall[]): GateVerdict;
  /** When a wait that begins now ends by itself. */
  endOfWait(): number;
};

const allow: GateVerdict = { decision: 'allow' };

/** Lets every call run. */
export const openGate: CallGate = {
  decide: () => allow,
  endOfWait: () => Number.MAX_SAFE_INTEGER,
};

export type GateDependencies = {
  policy: Policy | undefined;
  said: Said;
  /** The session's, by which it is known what was typed before. */
  events: readonly StoredEvent[];
  /** Where commands find the workspace. */
  getRoot(): string;
  now(): number;
};

export const makeCallGate = ({ policy, said, events, getRoot, now }: GateDependencies): CallGate => ({
  decide: (call, use, before) => {
    if (isFree(call, use)) return allow;
    const given = readCall(call, use, getRoot(), () => listTyped(call, use, before, events));
    const { command = '' } = given;
    if (!policy && !mayBeDangerous(command)) return allow;
    return decideCall(policy, factsOf(given), said);
  },
  endOfWait: () => now() + waitMsOf(policy),
});

/** What only says something, or asks a person itself. What a sub-agent calls is decided about call by call. */
const isFree = ({ name }: ToolCall, { run, asked, endsTurn }: PreparedCall): boolean =>
  run === undefined || asked !== undefined || endsTurn || name === 'delegate';

/** What was typed into the same command in the background before, and what this call types. */
function listTyped(
  call: ToolCall,
  { action }: PreparedCall,
  before: readonly ToolCall[],
  events: readonly StoredEvent[],
): string[] {
  const id = action.metadata.background?.id;
  const own = events.findIndex(({ metadata }) => metadata?.toolCall?.id === call.id);
  const earlier = events.slice(0, own < 0 ? undefined : own);
  const known = new Set(earlier.flatMap(({ metadata }) => metadata?.toolCall?.id ?? []));
  const calls = own < 0 ? before.filter((other) => !known.has(other.id)) : [];
  const actions = [...earlier, ...calls.map((other) => prepareCall(other, everyTool).action)];
  const typed = actions.filter(({ eventType, metadata }) => eventType === typedType && metadata?.background?.id === id);
  return [...typed.map(({ content }) => content), action.content];
}

const typedType = 'CmdInputAction';

function readCall(
  { name, input }: ToolCall,
  { action, isReadOnly }: PreparedCall,
  root: string,
  list: () => string[],
): GivenCall {
  const { command, path, background } = action.metadata;
  const { url = (input as { url?: unknown } | null)?.url } = action.metadata as { url?: unknown };
  const isTyped = action.eventType === typedType && action.content !== '';
  const isOutputRead = action.eventType === typedType && !isTyped && !background?.isKilled;
  return {
    tool: name,
    isReadOnly: isReadOnly || isOutputRead,
    command: command ?? (isTyped ? commandTyped(list()) : undefined),
    isTyped,
    path,
    url: typeof url === 'string' ? url : undefined,
    root,
  };
}
