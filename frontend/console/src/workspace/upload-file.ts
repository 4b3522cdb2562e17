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
  if (file.size > fileBytesMax)
    throw new Error(
      `It holds ${formatBytes(file.size)}; more than ${formatBytes(fileBytesMax)} can’t be sent from here.`,
    );
  const content = await readBase64(file);
  for (let tries = 1; ; tries++) {
    try {
      await lucid.files.write({ session_id: sessionId, path, content, encoding: 'base64' });
      return;
    } catch (error) {
      if (!(error instanceof LucidError) || !error.retryable || tries === triesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? patienceMs));
    }
  }
}

/** @throws Error where it can't be read, as a folder or a file that is gone by now */
const readBase64 = (file: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ''));
    reader.onerror = () => reject(new Error('The browser can’t read it: it may be a folder, or gone by now.'));
    reader.readAsDataURL(file);
  });
