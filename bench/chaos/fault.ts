// The interface of a fault: what is broken, what must hold all the same, and what was measured.
import type { Random } from './random.ts';

export type FaultOptions = {
  /** Whether the run is short: seconds instead of minutes. */
  isQuick: boolean;
  random: Random;
  /** How often it is broken, where that was asked for. */
  rounds?: number | undefined;
  /** Prints a line about how far the run is. */
  progress(text: string): void;
};

export type Finding = {
  /** The figures, in the words of the reach. */
  measured: string;
  /** A sentence for each broken promise. */
  violations: string[];
};

export type Fault = {
  /** What is broken, at the size of the run. */
  title(isQuick: boolean): string;
  /** What must hold, at the size of the run. */
  reach(isQuick: boolean): string;
  run(options: FaultOptions): Promise<Finding>;
};

/** Title, reach and run get the same size, so that a table can't claim more than was run. */
export function makeFault<Size>(fault: {
  whole: Size;
  quick: Size;
  title(size: Size): string;
  reach(size: Size): string;
  run(size: Size, options: FaultOptions): Promise<Finding>;
}): Fault {
  const sizeOf = (isQuick: boolean) => (isQuick ? fault.quick : fault.whole);
  return {
    title: (isQuick) => `${fault.title(sizeOf(isQuick))}${isQuick ? ' (short)' : ''}`,
    reach: (isQuick) => fault.reach(sizeOf(isQuick)),
    run: (options) => fault.run(sizeOf(options.isQuick), options),
  };
}

export const violationUnless = (isSo: boolean, sentence: string): string[] => (isSo ? [] : [sentence]);
