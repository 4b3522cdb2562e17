// Lets tests that need confined commands run where bubblewrap is usable. Elsewhere a run says what it leaves out and why;
// with `REQUIRE_DOCKER=1`, which CI sets, it fails instead.
import { type Confinement, openConfinement, unconfined } from '../local/confinement.ts';
import { findConfinementProblem } from '../local/confinement-check.ts';
import { leaveOut } from './left-out.ts';

/** @param what is left out where commands can't be confined */
export async function canConfine(what: string): Promise<boolean> {
  const problem = await findConfinementProblem();
  if (problem === undefined) return true;
  const reason = `commands can't be confined: ${problem}`;
  if (process.env.REQUIRE_DOCKER === '1') throw new Error(`REQUIRE_DOCKER is 1, but ${reason}.`);
  leaveOut(what, reason);
  return false;
}

/** Confines commands as an engine does here. */
export const openConfinementHere = async (base: string): Promise<Confinement> =>
  (await findConfinementProblem()) === undefined ? openConfinement([base]) : unconfined;
