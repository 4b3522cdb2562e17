// Loads a deployment: clients come at an even pace, stay for a while, and go.
import { setTimeout as sleep } from 'node:timers/promises';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import type { CountingSocketOptions } from '../generators/counting-socket.ts';
import { filesBesideSockets, readOpenFilesMax } from '../machine.ts';
import { runLoadClient } from './load-client.ts';
import type { LoadOptions } from './load-options.ts';
import type { LoadTally } from './load-tally.ts';
import { readTokens } from './read-tokens.ts';

/** Systems have some 28,000 ports for each pair of addresses, and reuse one after a minute. */
const clientsPerLoopbackAddress = 10_000;
const loopback = ['localhost', '127.0.0.1'];

/**
 * Resolves when the last client has left.
 * @param signal ends the load early: nothing new is begun, and clients leave
 * @throws Error with a sentence for people where this machine can't hold so many sockets
 */
export async function loadDeployment(options: LoadOptions, tally: LoadTally, signal: AbortSignal): Promise<void> {
  const { clients, rampMs, holdMs, task, thinkMs } = options;
  const filesMax = readOpenFilesMax();
  if (filesMax < clients + filesBesideSockets)
    throw new Error(
      `${clients} clients need ${clients + filesBesideSockets} open files, but ${filesMax} are allowed; raise ulimit -n.`,
    );
  const tokens = await readTokens(options.credentials, clients);
  const startedAtMs = performance.now();
  const over = AbortSignal.any([signal, AbortSignal.timeout(rampMs + holdMs)]);
  const running: Promise<void>[] = [];
  for (let client = 0; client < clients && !over.aborted; client++) {
    const dueMs = startedAtMs + (client / clients) * rampMs - performance.now();
    if (dueMs > 0) await sleep(dueMs, undefined, { signal: over }).catch(() => undefined);
    const address = addressOf(options.url, tokens[client % tokens.length] as string, client);
    running.push(runLoadClient({ address, task, thinkMs, tally, over }));
  }
  await Promise.all(running);
}

function addressOf(url: URL, token: string, client: number): Omit<CountingSocketOptions, 'onText' | 'onClose'> {
  const isSecure = url.protocol === 'wss:';
  const isLoopback = loopback.includes(url.hostname);
  return {
    host: isLoopback ? '127.0.0.1' : url.hostname,
    port: Number(url.port || (isSecure ? 443 : 80)),
    path: `/api/v1/ws?token=${encodeURIComponent(token)}`,
    protocol: everythingSubprotocol,
    isSecure,
    ...(isLoopback && { localAddress: `127.0.0.${1 + Math.floor(client / clientsPerLoopbackAddress)}` }),
  };
}
