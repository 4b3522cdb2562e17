// The interface of a fault: what is broken, what must hold all the same, and what was measured.
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
  /** What is broken, as the table says it: of a quick run, what that does. */
  title(isQuick: boolean): string;
  /** What must hold, as it is judged in such a run. */
  reach(isQuick: boolean): string;
  run(options: FaultOptions): Promise<Finding>;
};

/** Title, reach and run have the same size before them, so that a table can't claim more than was run. */
export function makeFault<Size>(made: {
  whole: Size;
  quick: Size;
  title(size: Size): string;
  reach(size: Size): string;
  run(size: Size, options: FaultOptions): Promise<Finding>;
}): Fault {
  const sizeOf = (isQuick: boolean) => (isQuick ? made.quick : made.whole);
  return {
    title: (isQuick) => `${made.title(sizeOf(isQuick))}${isQuick ? ' (short)' : ''}`,
    reach: (isQuick) => made.reach(sizeOf(isQuick)),
    run: (options) => made.run(sizeOf(options.isQuick), options),
  };
}

/** @returns the sentence where it isn't so */
export const violationUnless = (isSo: boolean, sentence: string): string[] => (isSo ? [] : [sentence]);
