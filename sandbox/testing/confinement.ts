// Tests that need confined commands run where bubblewrap is usable. Elsewhere their file says what it leaves out and why;
// with `REQUIRE_DOCKER=1`, which CI sets, it fails instead.
import { type Confinement, isConfinementAvailable, openConfinement, unconfined } from '../local/confinement.ts';

/** @param what is left out where commands can't be confined */
export async function canConfine(what: string): Promise<boolean> {
  if (await isConfinementAvailable()) return true;
  const reason = 'bubblewrap with socat and ripgrep is not usable here';
  if (process.env.REQUIRE_DOCKER === '1') throw new Error(`REQUIRE_DOCKER is 1, but ${reason}.`);
  console.log(`Left out: ${what}. Why: ${reason}.`);
  return false;
}

/** As an engine has it, whatever is usable here. */
export const confinementHere = async (base: string): Promise<Confinement> =>
  (await isConfinementAvailable()) ? openConfinement([base]) : unconfined;
