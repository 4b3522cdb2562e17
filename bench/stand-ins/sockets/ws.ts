// What people would use instead for sockets: ws. What one socket says goes to all, one after the other.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { listenOnLoopback, serveStandIn } from './serve-stand-in.ts';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (text) => {
    for (const client of server.clients) client.send(text, { binary: false });
  });
});

serveStandIn({ listen: () => listenOnLoopback(http), count: () => server.clients.size });
