// How many resting sessions an engine gives away, so that who comes back to them has them elsewhere: what is given is nobody's until
// somebody asks for it, and work never moves. Pure.

/** Times the mean of all engines that one may have. */
const aboveMean = 1.3;
/** Sessions above the mean that are worth it: a handful costs an engine nothing. */
const surplusMin = 10;
/** Sessions of one look, of which there is one a second: each is a claim and a read for the engine that it comes to. */
export const givenAtOnceMax = 20;

/** @param own how many rest here, without a sandbox; @param others the same of each other engine that takes sessions */
export function decideGiving(own: number, others: readonly number[]): number {
  if (others.length === 0) return 0;
  const mean = others.reduce((sum, resting) => sum + resting, own) / (others.length + 1);
  if (own <= aboveMean * mean || own - mean < surplusMin) return 0;
  return Math.min(givenAtOnceMax, own - Math.floor(aboveMean * mean));
}
