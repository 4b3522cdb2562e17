// The load generator of bare sockets: opens them and keeps them, in a process of its own.
import { answerParent } from '../processes/parent.ts';
import type { BareSocket } from './bare-socket.ts';
import { openPeerSocket, type PeerKind } from './peers.ts';

export type IdlePeersLoad = { kind: PeerKind; port: number; sockets: number; concurrency: number };

const sockets: BareSocket[] = [];

/** @returns once all are open */
async function open({ kind, port, sockets: count, concurrency }: IdlePeersLoad): Promise<void> {
  let asked = 0;
  const openSome = async () => {
    while (asked++ < count) sockets.push(await openPeerSocket(kind, port));
  };
  await Promise.all(Array.from({ length: concurrency }, openSome));
}

function closeAll(): void {
  for (const socket of sockets.splice(0)) socket.cut();
}

const answers = { open, closeAll };
export type IdlePeersAnswers = typeof answers;

answerParent(answers);
