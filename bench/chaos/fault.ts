// The contract of a fault: what is broken, what must hold all the same, and what was measured.
import type { Random } from './random.ts';

export type FaultOptions = {
  /** Less of everything, for a run of seconds instead of minutes. */
  isQuick: boolean;
  random: Random;
  /** Says how far it is, a line each time. */
  progress(text: string): void;
};

export type Finding = {
  /** What was measured, in the words of the reach. */
  measured: string;
  /** What must never be: a sentence each. */
  violations: string[];
};

export type Fault = {
  /** What is broken, as the table says it. */
  title: string;
  /** What must hold. */
  reach: string;
  run(options: FaultOptions): Promise<Finding>;
};

/** @returns the sentence where it isn't so */
export const unless = (isSo: boolean, sentence: string): string[] => (isSo ? [] : [sentence]);
