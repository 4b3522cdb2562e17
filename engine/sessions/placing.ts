// Where sessions are made among several engines: what the code that creates sessions has to know of it.
import type { PlacedSession } from '../../schema/bus.ts';
import type { Outcome } from '../../schema/error.ts';
import type { Reply } from '../../schema/thread.ts';

/** `full`: no engine takes one now. */
export type Place = { kind: 'here' } | { kind: 'elsewhere'; bootId: string } | { kind: 'full' };

/** Where a new session is made; a single engine has none. */
export type Placing = {
  /** @param refused the engines that have refused it already */
  choose(refused: ReadonlySet<string>): Promise<Place>;
  createAt(bootId: string, sessionId: string, session: PlacedSession): Promise<Outcome<Reply>>;
};
