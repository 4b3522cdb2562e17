// The answers of every stand-in of sockets, which holds sockets and sends each text to all of them.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectGarbage } from '../../processes/garbage.ts';
import { answerParent, readOwnUsage } from '../../processes/parent.ts';

export type SocketServer = {
  /** @returns its port on 127.0.0.1 */
  listen(): Promise<number>;
  count(): number;
};

const answersOf = (server: SocketServer) => ({
  start: () => server.listen(),
  count: () => server.count(),
  collectGarbage,
  usage: readOwnUsage,
});

export type SocketStandInAnswers = ReturnType<typeof answersOf>;

export const serveStandIn = (server: SocketServer) => answerParent(answersOf(server));

export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
