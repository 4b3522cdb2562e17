// What a turn waits for: a person's answer to a question, or their decision about a call or a plan.

export const waitKinds = ['question', 'approval', 'plan'] as const;
type WaitKind = (typeof waitKinds)[number];

/** `allowForSession`: also every later call of the session that does no more than this one. */
export const decisions = ['allow', 'allowForSession', 'deny'] as const;
export type Decision = (typeof decisions)[number];

/** Stored with the event by which a turn waits. */
export type Wait = {
  kind: WaitKind;
  /** The call whose result comes from a person. */
  toolCallId: string;
  /** What is asked: the question, the plan, or why the call isn't run without a person's word. */
  text: string;
  /** Of a question: answers to choose from; others are as good. */
  options?: string[];
  /** Of an approval: the tool, and its input where that isn't too long. */
  tool?: string;
  input?: Record<string, unknown>;
  /** Of an approval: what `allowForSession` allows. */
  allows?: string[];
  /** When the policy ends the wait. */
  untilMs: number;
};

/** Stored with the event that records a decision. */
export type DecisionMade = {
  kind: WaitKind;
  toolCallId: string;
  decision: Decision;
  /** What the call is run with in place of what the model wrote. */
  input?: Record<string, unknown>;
  /** With `allowForSession`: what is allowed. */
  allows?: string[];
};

/** The types of events by which a turn waits. */
export const waitEventTypes = ['AskUserAction', 'PresentPlanAction', 'ApprovalWanted'] as const;
