// What the checker compares: the events that clients saw on their connections, and the rows that PostgreSQL has.

/** An event that a client saw; the hash is of the frame's bytes. */
export type SeenEvent = { epoch: number; sequence: number; commandId: string | null; hash: string };

export type SeenConnection = {
  /** The sequence after which the first event must come: the asked position, or 0 where it was not trusted. */
  after: number;
  /** Commands that were sent again, whose acknowledgements may come once more, out of order. */
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

/** A stored event; the hash is of the frame that its row makes. */
export type StoredRow = {
  sessionId: string;
  epoch: number;
  sequence: number;
  commandId: string | null;
  /** Null where the event is no command. No client of the suite sends one content twice. */
  content: string | null;
  hash: string;
};
