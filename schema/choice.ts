// What people choose for a session or for one of its turns: the model, its effort, its tools, and how far it may go.

/** How much a model thinks; each provider's module says what that is for its models. */
export const efforts = ['low', 'medium', 'high', 'max'] as const;
export type Effort = (typeof efforts)[number];

/** Absent fields follow the session, and there the engine's own. */
export type Choice = {
  /** `provider/model`, or a name of the session's provider. */
  model?: string;
  effort?: Effort;
  /** Steps of a turn. */
  iterationsMax?: number;
  /** How long a turn may take. */
  timeoutMs?: number;
  /** What all turns of the session may cost together, in US dollars. */
  budgetUsd?: number;
  /** The names of the tools that the model is offered; all where absent. */
  tools?: readonly string[];
};
