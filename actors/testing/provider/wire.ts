// What the stand-in has to say, before a provider's wire format makes bytes of it.

export type PlayedCall = { id?: string; name: string; input: unknown; signature?: string };

/** An answer in the order in which it is written: thoughts, text, calls. */
export type PlayedAnswer = {
  thoughts?: { text: string; signature?: string }[];
  /** Each string is a fragment of its own. */
  text?: string | string[];
  calls?: PlayedCall[];
  usage?: { input?: number; output?: number; cached?: number; cacheWrite?: number };
  /** The provider's own reason to stop; by default the one that fits. */
  stop?: string;
};

export type PlayedFailure = {
  message?: string;
  /** Anthropic's `type` or Google's `reason`; by default what fits the status. */
  type?: string;
  /** Seconds or a date, as in the header; Google's stands in its details. */
  retryAfter?: string;
  headers?: Record<string, string>;
};

export type Wire = {
  /** The events of a whole answer, each as it is sent. */
  answer(said: PlayedAnswer): string[];
  /** As `answer`, but the last call ends in the middle, and so does the answer: its limit is reached. */
  cutInCall(said: PlayedAnswer): string[];
  /** A call whose input is no JSON. */
  brokenCall(): string[];
  /** A refusal of the model. */
  refusal(): string[];
  /** What only keeps a connection alive. */
  comment: string;
  /** An error after the answer has begun. */
  errorEvent(status: number, failure: PlayedFailure): string;
  /** The body of a failure. */
  failure(status: number, failure: PlayedFailure): string;
};
