// What people would use instead for sockets: Socket.IO, over WebSocket alone. What one socket says goes to a room.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { listenOn, servePeer } from './peer.ts';

const everybody = 'everybody';
const http = createServer();
const server = new Server(http, { transports: ['websocket'], serveClient: false });
server.on('connection', (socket) => {
  void socket.join(everybody);
  socket.on('say', (text: string) => server.to(everybody).emit('said', text));
});

servePeer({ listen: () => listenOn(http), count: () => server.sockets.sockets.size });
