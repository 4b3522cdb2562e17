// What a long output costs the process that reads it: time, and memory at its highest.
import { collectGarbage } from '../processes/garbage.ts';

export type Printing = { elapsedMs: number; restRssBytes: number; peakRssBytes: number };

/** How much a command is asked to print, and how. */
export const makePrintCommand = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x`;

const rssLookMs = 5;

/**
 * @param print runs the command, and lets everything that it prints be heard
 * @throws when fewer or more bytes arrive than were asked for
 */
export async function measurePrinting(
  bytes: number,
  print: (command: string, hear: (chunk: Buffer) => void) => Promise<void>,
): Promise<Printing> {
  await collectGarbage();
  const restRssBytes = process.memoryUsage.rss();
  let peakRssBytes = restRssBytes;
  const look = () => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  };
  const looking = setInterval(look, rssLookMs);
  let heardBytes = 0;
  const startedAtMs = performance.now();
  await print(makePrintCommand(bytes), (chunk) => {
    heardBytes += chunk.length;
  });
  const elapsedMs = performance.now() - startedAtMs;
  clearInterval(looking);
  look();
  if (heardBytes !== bytes) throw new Error(`${heardBytes} bytes of output arrived, not ${bytes}.`);
  return { elapsedMs, restRssBytes, peakRssBytes };
}
