// A server of sockets on uWebSockets.js, whichever way it sends to all.
import { App, type TemplatedApp, type us_listen_socket, us_socket_local_port, type WebSocket } from 'uWebSockets.js';
import { serveStandIn } from './serve-stand-in.ts';

export type Room = { app: TemplatedApp; sockets: Set<WebSocket<object>>; topic: string };

/** @param sendToAll sends a text of one socket to all */
export function serveUws(sendToAll: (text: ArrayBuffer, room: Room) => void): void {
  const room: Room = { app: App(), sockets: new Set(), topic: 'everybody' };
  room.app.ws<object>('/*', {
    idleTimeout: 120,
    sendPingsAutomatically: true,
    open: (socket) => {
      room.sockets.add(socket);
      socket.subscribe(room.topic);
    },
    message: (_, text) => sendToAll(text, room),
    close: (socket) => {
      room.sockets.delete(socket);
    },
  });
  const listen = () =>
    new Promise<number>((resolve) =>
      room.app.listen('127.0.0.1', 0, (socket: us_listen_socket) => resolve(us_socket_local_port(socket))),
    );
  serveStandIn({ listen, count: () => room.sockets.size });
}
