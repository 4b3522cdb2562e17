// An earlier commit, checked out and prepared once for all faults that have engines of two releases.
import { checkOut, findCommit, prepareCheckout } from '../../checkout.ts';

/** The commit of the last release, until releases have tags: the first one that was shown in clusters. */
const lastRelease = '8a3e1c07';

let checkout: Promise<string> | undefined;

/** @returns the folder of LAST_RELEASE, or of the last release */
export function checkOutLastRelease(): Promise<string> {
  checkout ??= prepare(process.env.LAST_RELEASE ?? lastRelease);
  return checkout;
}

async function prepare(name: string): Promise<string> {
  const commit = findCommit(name);
  if (commit === undefined) throw new Error(`The repository has no commit ${name}; LAST_RELEASE may name another one.`);
  const folder = checkOut(commit);
  await prepareCheckout(folder);
  return folder;
}
