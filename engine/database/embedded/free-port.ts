// A port of this machine's loopback that nobody listens on.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections, one of which could have it before it is listened on. */
const [portMin, portMax] = [20_000, 29_999];
const triesMax = 100;

/** The port is free when it is returned, and nothing keeps it free. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = randomInt(portMin, portMax + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${portMin} to ${portMax} of 127.0.0.1 was free in ${triesMax} tries.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
