// Why a port can't be listened on, in a sentence: uWebSockets.js says no more than that it can't.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Tries the same with Node, which knows the reason. */
export async function listenFailureOf(host: string, port: number): Promise<string> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return `Port ${port} on ${host} could not be listened on; set PORT or HOST to another.`;
  } catch (error) {
    return sentenceOf((error as NodeJS.ErrnoException).code ?? '', host, port);
  } finally {
    server.close();
  }
}

function sentenceOf(code: string, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken: another program, or another engine, listens there. End it, or set PORT to another.`;
  if (code === 'EACCES')
    return `Port ${port} on ${host} needs more rights than this user has; set PORT to one from 1024.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `HOST is "${host}", which is no address of this machine.`;
  return `Port ${port} on ${host} can't be listened on (${code}); set PORT or HOST to another.`;
}
