// Writes a person's file into the workspace, again where the engine asks for patience.
import { type Lucid, LucidError } from '../lucid.ts';
import { formatBytes } from '../ui/format.ts';

/** What the engine takes of one file; more isn't even read. */
const fileBytesMax = 10 * 1024 * 1024;

/** Refusals that pass by themselves, such as too many commands in a second. */
const triesMax = 5;
const patienceMs = 1_000;

export type Upload = { file: Blob; path: string };

/** @throws Error in words, LucidError where the engine refuses */
export async function uploadFile(lucid: Lucid, sessionId: string, { file, path }: Upload): Promise<void> {
  const problem = findSizeProblem(file);
  if (problem !== undefined) throw new Error(problem);
  await checkReadable(file);
  for (let tries = 1; ; tries++) {
    try {
      await lucid.files.upload(sessionId, path, file);
      return;
    } catch (error) {
      if (!(error instanceof LucidError) || !error.retryable || tries === triesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? patienceMs));
    }
  }
}

/** @returns in words why a file is too large; undefined where it isn't */
const findSizeProblem = ({ size }: Blob): string | undefined =>
  size > fileBytesMax ? `It holds ${formatBytes(size)}, and a file may hold ${formatBytes(fileBytesMax)}.` : undefined;

/** @throws Error in words. Asked first, since a request whose body can't be read looks like a lost network. */
export async function checkReadable(file: Blob): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch (error) {
    throw new Error('The browser can’t read it: it may be a folder, or gone by now.', { cause: error });
  }
}
