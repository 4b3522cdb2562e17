// What a session's policy says of a call before it runs, with what people have allowed by then.
import type { ToolCall } from '../../schema/event.ts';
import { type Policy, waitMsOf } from '../../schema/policy.ts';
import { factsOf } from '../policy/call-facts.ts';
import { type Decided, decideCall, type Said } from '../policy/decide-call.ts';
import type { PreparedCall } from '../tools/prepare-call.ts';

export type GateVerdict = Decided;

export type CallGate = {
  decide(call: ToolCall, use: PreparedCall): GateVerdict;
  /** When a wait that begins now ends by itself. */
  endOfWait(): number;
};

/** Lets every call run. */
export const openGate: CallGate = {
  decide: () => ({ decision: 'allow' }),
  endOfWait: () => Number.MAX_SAFE_INTEGER,
};

export type GateDependencies = {
  policy: Policy | undefined;
  said: Said;
  /** Where commands find the workspace. */
  getRoot(): string;
  now(): number;
};

export const makeCallGate = ({ policy, said, getRoot, now }: GateDependencies): CallGate => ({
  decide: (call, use) =>
    isFree(call, use) ? { decision: 'allow' } : decideCall(policy, readFacts(call, use, getRoot()), said),
  endOfWait: () => now() + waitMsOf(policy),
});

/** What only says something, or asks a person itself. What a sub-agent calls is decided about call by call. */
const isFree = ({ name }: ToolCall, { run, asked, endsTurn }: PreparedCall): boolean =>
  run === undefined || asked !== undefined || endsTurn || name === 'delegate';

function readFacts({ name, input }: ToolCall, { action, isReadOnly }: PreparedCall, root: string) {
  const { command, path, background } = action.metadata;
  const { url = (input as { url?: unknown } | null)?.url } = action.metadata as { url?: unknown };
  const isOutputRead = background !== undefined && action.content === '' && !background.isKilled;
  return factsOf({
    tool: name,
    isReadOnly: isReadOnly || isOutputRead,
    command: command ?? (background && !isOutputRead ? action.content : undefined),
    path,
    url: typeof url === 'string' ? url : undefined,
    root,
  });
}
