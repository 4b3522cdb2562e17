// A follower of a session that is there, and keeps nothing of what it is shown.
import { everything } from '../../schema/protocol/additions.ts';
import type { Follower } from '../sessions/directory.ts';

/** @param more what the test wants to know of it */
export const makeFollower = (more: Partial<Follower> = {}): Follower => ({
  features: everything,
  deliver: () => undefined,
  showTransient: () => undefined,
  expect: () => undefined,
  isThere: async () => true,
  refuse: () => undefined,
  ...more,
});
