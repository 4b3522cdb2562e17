// How many bytes a folder takes on the disk: counted by `du`, which follows no link, in bounded time.
import { execFile } from 'node:child_process';

/** Some 200,000 files are counted within it. */
const countTimeoutMs = 2_000;

/** @returns null where that takes too long, or `du` is missing */
export function measureFolder(folder: string): Promise<number | null> {
  return new Promise((resolve) => {
    execFile('du', ['-skx', '--', folder], { timeout: countTimeoutMs, killSignal: 'SIGKILL' }, (_, stdout) => {
      const kilobytes = /^\d+/.exec(stdout)?.[0]; // Of a folder that changes meanwhile `du` complains, and counts the rest.
      resolve(kilobytes === undefined ? null : Number(kilobytes) * 1024);
    });
  });
}
