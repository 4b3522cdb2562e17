// What a session's policy says of a call before it runs, with what people have allowed by then.
import type { ToolCall } from '../../schema/event.ts';
import type { PreparedCall } from '../tools/prepare-call.ts';

/** `rule` names what asks, for a decision that counts for the session. */
export type GateVerdict =
  | { decision: 'allow' }
  | { decision: 'ask'; reason: string; rule: string }
  | { decision: 'deny'; reason: string };

export type CallGate = {
  decide(call: ToolCall, use: PreparedCall): GateVerdict;
  /** When a wait that begins now ends by itself. */
  endOfWait(): number;
};

const allowed: GateVerdict = { decision: 'allow' };

/** Lets every call run. */
export const openGate: CallGate = { decide: () => allowed, endOfWait: () => Number.MAX_SAFE_INTEGER };
