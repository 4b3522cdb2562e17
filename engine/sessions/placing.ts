// Where sessions are made among several engines: what the code that creates sessions has to know of it.
import type { Outcome } from '../../schema/error.ts';
import type { Labels } from '../../schema/labels.ts';
import type { PlacedSession } from '../../schema/placed-session.ts';
import type { Reply } from '../../schema/thread.ts';

/** `full`: no engine takes one now. `nowhere`: none of those that take sessions, whose labels these are, has all that it asks for. */
export type Place =
  | { kind: 'here' }
  | { kind: 'elsewhere'; bootId: string }
  | { kind: 'full' }
  | { kind: 'nowhere'; reached: readonly Labels[] };

/** Where a new session is made; a single engine has none. */
export type Placing = {
  /** @param refused the engines that have refused it already; @param labels what its engine must have */
  choose(refused: ReadonlySet<string>, labels?: Labels): Promise<Place>;
  createAt(bootId: string, sessionId: string, session: PlacedSession): Promise<Outcome<Reply>>;
};
