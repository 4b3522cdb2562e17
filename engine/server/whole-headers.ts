// Tries once, before the server listens, whether the installed uWebSockets.js leaves the values of headers whole.
import './uws-settings.ts'; // The settings come first, since uWebSockets.js reads them while it loads.
import { App, type us_listen_socket, us_listen_socket_close, us_socket_local_port } from 'uWebSockets.js';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Bytes of which uWebSockets.js's parser takes some for white space where engine/setup/mend-uws.mjs has not mended it. */
const sentBytes = Buffer.from([0xff, 0x61, 0xff]);

export async function doHeadersArriveWhole(): Promise<boolean> {
  const app = App();
  let arrived = '';
  app.get('/*', (res, req) => {
    arrived = req.getHeader('x-whole');
    res.endWithoutBody(0, true);
  });
  const listening = await new Promise<us_listen_socket | false>((resolve) => {
    app.listen('127.0.0.1', 0, resolve);
  });
  if (!listening) return false;
  try {
    const socket = connect({ host: '127.0.0.1', port: us_socket_local_port(listening) });
    socket.end(
      Buffer.concat([
        Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nX-Whole: '),
        sentBytes,
        Buffer.from('\r\n\r\n'),
      ]),
    );
    socket.resume();
    await once(socket, 'close');
  } finally {
    us_listen_socket_close(listening);
    app.close();
  }
  return arrived !== 'a';
}
