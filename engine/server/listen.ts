// Listens on a port that no other program has, or says in a sentence why it can't.
import './uws-settings.ts'; // The settings come first, since uWebSockets.js reads them while it loads.
import { type TemplatedApp, type us_listen_socket, us_socket_local_port } from 'uWebSockets.js';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigError } from '../config.ts';

export type Listening = { socket: us_listen_socket; port: number };

/** uWebSockets.js's own way (SO_REUSEPORT) would let two engines share the connections of one port. */
const exclusive = 1;

/** @throws ConfigError */
export async function listen(app: TemplatedApp, host: string, port: number): Promise<Listening> {
  const socket = await new Promise<us_listen_socket | false>((resolve) => {
    app.listen(host, port, exclusive, resolve);
  });
  if (socket) return { socket, port: us_socket_local_port(socket) };
  await checkAddress(host, port);
  throw new ConfigError(`Port ${port} on ${host} could not be listened on; set PORT or HOST to another.`);
}

/**
 * Tries the address with Node, since uWebSockets.js gives no reasons. The engine calls it before it begins what another
 * engine on the same port may have in use.
 * @throws ConfigError
 */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ConfigError(listenSentenceOf((error as NodeJS.ErrnoException).code ?? String(error), host, port));
  }
  server.close();
  await once(server, 'close');
}

function listenSentenceOf(reason: string, host: string, port: number): string {
  if (reason === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken: another program, or another engine, listens there. End it, or set PORT to another.`;
  if (reason === 'EACCES')
    return `Port ${port} on ${host} needs more rights than this user has; set PORT to one from 1024.`;
  if (reason === 'EADDRNOTAVAIL' || reason === 'ENOTFOUND' || reason === 'EAI_AGAIN')
    return `HOST is "${host}", which is no address of this machine.`;
  return `Port ${port} on ${host} can't be listened on (${reason}); set PORT or HOST to another.`;
}
