// The ceiling of REST: a handler of two lines on uWebSockets.js, in a process of its own.
import { App, type us_listen_socket, us_socket_local_port } from 'uWebSockets.js';
import { answerParent, readOwnUsage } from '../processes/parent.ts';

const app = App().get('/health', (res) => {
  res.end('{"status":"ok"}');
});

const startUws = () =>
  new Promise<number>((resolve) =>
    app.listen('127.0.0.1', 0, (socket: us_listen_socket) => resolve(us_socket_local_port(socket))),
  );

const answers = { start: startUws, usage: readOwnUsage };
export type HealthAnswers = typeof answers;

answerParent(answers);
