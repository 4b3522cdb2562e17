// What people would use instead for sockets: Socket.IO, over WebSocket alone. What one socket says goes to a room.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { listenOnLoopback, serveStandIn } from './serve-stand-in.ts';

const everybody = 'everybody';
const http = createServer();
/** Pings come after the bench is over, since its counting sockets answer none and would be closed. */
const pingInterval = 24 * 3_600_000;
const server = new Server(http, { transports: ['websocket'], serveClient: false, pingInterval });
server.on('connection', (socket) => {
  void socket.join(everybody);
  socket.on('say', (text: string) => server.to(everybody).emit('said', text));
});

serveStandIn({ listen: () => listenOnLoopback(http), count: () => server.sockets.sockets.size });
