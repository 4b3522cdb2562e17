// When a delivery that failed is tried again, and when its webhook is given up. Pure.
import { limits } from '../../schema/limits.ts';

/** After the first failure; then three times as long each time. */
const firstPauseMs = 5_000;
const pauseGrowth = 3;
/** A receiver that is back hears of it within an hour. */
const pauseMsMax = 3_600_000;
/** Of the pause, at random: what failed together isn't tried together. */
const jitter = 0.2;

export type Tries = {
  /** With the one that has just failed. */
  attempts: number;
  firstTriedAtMs: number;
  nowMs: number;
  /** From 0 to 1. */
  random: number;
};

/** @returns when to try again; undefined for no more, once the webhook has had its time */
export function chooseNextTry({ attempts, firstTriedAtMs, nowMs, random }: Tries): number | undefined {
  const endMs = firstTriedAtMs + limits.webhookPatienceMs;
  if (nowMs >= endMs) return undefined;
  const pauseMs = Math.min(pauseMsMax, firstPauseMs * pauseGrowth ** (attempts - 1));
  return Math.min(endMs, Math.round(nowMs + pauseMs * (1 - jitter * random)));
}
