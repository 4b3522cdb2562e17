// The load generator of idle sockets without sessions: opens them and keeps them, in a process of its own.
import { answerParent } from '../processes/parent.ts';
import type { CountingSocket } from './counting-socket.ts';
import { openStandInSocket, type SocketStandIn } from './stand-in-sockets.ts';

type IdleSocketsLoad = { kind: SocketStandIn; port: number; sockets: number; concurrency: number };

const sockets: CountingSocket[] = [];

/** @returns once all are open */
async function openIdleSockets({ kind, port, sockets: count, concurrency }: IdleSocketsLoad): Promise<void> {
  let asked = 0;
  const openSome = async () => {
    while (asked++ < count) sockets.push(await openStandInSocket(kind, port));
  };
  await Promise.all(Array.from({ length: concurrency }, openSome));
}

function closeIdleSockets(): void {
  for (const socket of sockets.splice(0)) socket.cut();
}

const answers = { open: openIdleSockets, closeAll: closeIdleSockets };
export type IdleSocketsAnswers = typeof answers;

answerParent(answers);
