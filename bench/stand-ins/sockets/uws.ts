// A ceiling of sockets: uWebSockets.js alone, sending to one after the other when something is said.
import { serveUws } from './uws-app.ts';

serveUws((text, { sockets }) => {
  for (const socket of sockets) socket.send(text, false);
});
