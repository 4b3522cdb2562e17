// The ceiling of sockets: uWebSockets.js alone. What one socket says goes to all, by its own publish.
import { App, type us_listen_socket, us_socket_local_port, type WebSocket } from 'uWebSockets.js';
import { servePeer } from './peer.ts';

type Socket = WebSocket<object>;

const everybody = 'everybody';
const sockets = new Set<Socket>();

const app = App().ws<object>('/*', {
  idleTimeout: 120,
  sendPingsAutomatically: true,
  open: (socket) => {
    sockets.add(socket);
    socket.subscribe(everybody);
  },
  message: (_, text) => {
    app.publish(everybody, text, false);
  },
  close: (socket) => {
    sockets.delete(socket);
  },
});

const listen = () =>
  new Promise<number>((resolve) =>
    app.listen('127.0.0.1', 0, (socket: us_listen_socket) => resolve(us_socket_local_port(socket))),
  );

servePeer({ listen, count: () => sockets.size });
