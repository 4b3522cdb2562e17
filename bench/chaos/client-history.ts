// What is compared: the events that each client saw on each of its connections, and the rows that PostgreSQL has.

/** An event as a client saw it. The hash is that of the frame's bytes. */
export type SeenEvent = { epoch: number; sequence: number; commandId: string | null; hash: string };

/** One connection, from its position on. */
export type SeenConnection = {
  /** The sequence behind which its first event must come: the position it asked for, or 0 where it was not trusted. */
  after: number;
  /** Commands sent again on it. Their acknowledgements may come once more, out of order. */
  resent: Set<string>;
  events: SeenEvent[];
};

export type ClientHistory = {
  client: string;
  sessionId: string;
  connections: SeenConnection[];
  /** Commands that were sent, and neither acknowledged nor refused for good. */
  unanswered: string[];
};

/** An event as it is stored. The hash is that of the frame which is made of it. */
export type StoredRow = {
  sessionId: string;
  epoch: number;
  sequence: number;
  commandId: string | null;
  /** What a command said; null where the event isn't a command. No client of the suite says the same twice. */
  said: string | null;
  hash: string;
};
