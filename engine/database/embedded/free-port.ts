// A port of this machine's loopback that nobody listens on.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Free when it is returned; whoever needs it takes it soon. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
