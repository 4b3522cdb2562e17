// What a model reads of an output: short ones whole, of long ones both ends and the file of the sandbox that has all of it.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { openKeptOutput } from '../../sandbox/shell/kept-output.ts';
import { ObservedOutput } from '../../sandbox/shell/observed-output.ts';

export const openObserved = (sandbox: Sandbox): ObservedOutput => new ObservedOutput(() => openKeptOutput(sandbox));

/** A short text that moves no cursor is read as it is. */
const plainCharsMax = 1_000;
const isPlain = (text: string): boolean =>
  text.length <= plainCharsMax && !cursorMoves.some((character) => text.includes(character));
const cursorMoves = ['\b', '\r', '\x1b'];

/** @param output what the sandbox says was printed, which counts where it has collected nothing, as one in memory */
export async function finishObserved(observed: ObservedOutput, output: string, signal: AbortSignal): Promise<string> {
  if (observed.collected.bytes === 0) {
    if (isPlain(output)) return output.toWellFormed();
    observed.collected.add(Buffer.from(output));
  }
  return observed.finish(signal);
}

export const observeText = (text: string, sandbox: Sandbox, signal: AbortSignal): Promise<string> =>
  finishObserved(openObserved(sandbox), text, signal);
