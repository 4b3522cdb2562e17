// Measures what a long output costs the process that reads it: time, and memory at its highest.
import { collectGarbage } from '../processes/garbage.ts';

export type Printing = { elapsedMs: number; restRssBytes: number; peakRssBytes: number };

export const makePrintCommand = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x`;

const rssLookMs = 5;

/**
 * @param print runs the command, and passes on everything that it prints
 * @throws where fewer or more bytes arrive than were asked for
 */
export async function measurePrinting(
  bytes: number,
  print: (command: string, onOutput: (chunk: Buffer) => void) => Promise<void>,
): Promise<Printing> {
  await collectGarbage();
  const restRssBytes = process.memoryUsage.rss();
  let peakRssBytes = restRssBytes;
  const look = () => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  };
  const looking = setInterval(look, rssLookMs);
  let receivedBytes = 0;
  const startedAtMs = performance.now();
  await print(makePrintCommand(bytes), (chunk) => {
    receivedBytes += chunk.length;
  });
  const elapsedMs = performance.now() - startedAtMs;
  clearInterval(looking);
  look();
  if (receivedBytes !== bytes) throw new Error(`${receivedBytes} bytes of output arrived, not ${bytes}.`);
  return { elapsedMs, restRssBytes, peakRssBytes };
}
