// Captures what a command prints as bytes, as far as a bound; the command is ended there.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { RunOptions, RunResult } from '../sandbox.ts';

export type CaptureOptions = { timeoutMs: number; bytesMax: number };

/** `isCut`: there was more than the bound, and the command was ended; it has no exit code then. */
export type Captured = { bytes: Buffer; isCut: boolean; exitCode: number };

/** Runs a command beside the agent's, for a person who asks something about the workspace. */
export type Capture = (command: string, options: CaptureOptions) => Promise<Outcome<Captured>>;

/** @returns `noAnswer` where the time didn't do */
export async function captureOutput(
  run: (options: RunOptions) => Promise<Outcome<RunResult>>,
  { timeoutMs, bytesMax }: CaptureOptions,
): Promise<Outcome<Captured>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const full = new AbortController();
  const onOutput = (chunk: Buffer) => {
    if (bytes <= bytesMax) chunks.push(Buffer.from(chunk.subarray(0, bytesMax + 1 - bytes)));
    bytes += chunk.length;
    if (bytes > bytesMax) full.abort();
  };
  const ended = await run({ timeoutMs, signal: full.signal, onOutput });
  if (!ended.ok) return ended;
  if (ended.value.kind === 'timedOut')
    return failed('noAnswer', `The workspace was not read within ${timeoutMs / 1_000} s.`, { retryAfterMs: 5_000 });
  const exitCode = ended.value.kind === 'exited' ? ended.value.exitCode : 0;
  return succeeded({ bytes: Buffer.concat(chunks).subarray(0, bytesMax), isCut: bytes > bytesMax, exitCode });
}
