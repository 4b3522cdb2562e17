// What a model reads of an output: short ones whole, of long ones both ends and the file of the sandbox that has all of it.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { openKeptOutput } from '../../sandbox/shell/kept-output.ts';
import { ObservedOutput } from '../../sandbox/shell/observed-output.ts';

export const openObserved = (sandbox: Sandbox): ObservedOutput => new ObservedOutput(() => openKeptOutput(sandbox));

/** @param output what the sandbox says was printed, which counts where it has collected nothing, as one in memory */
export function finishObserved(observed: ObservedOutput, output: string, signal: AbortSignal): Promise<string> {
  if (observed.collected.bytes === 0) observed.collected.add(Buffer.from(output));
  return observed.finish(signal);
}

export const observeText = (text: string, sandbox: Sandbox, signal: AbortSignal): Promise<string> =>
  finishObserved(openObserved(sandbox), text, signal);
