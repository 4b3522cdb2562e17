// How clients speak to each kind of socket server: its path, its greetings, and its messages.
import { CountingSocket } from './counting-socket.ts';

export const socketStandIns = ['uws', 'uws-publish', 'ws', 'socket-io'] as const;
export type SocketStandIn = (typeof socketStandIns)[number];

type Speech = {
  path: string;
  /** The client's greeting after the server's; absent where the server sends none. */
  greeting?: string;
  /** Texts of the server until the socket is ready. */
  greetings: number;
  say(text: string): string;
};

/** Socket.IO's own framing: packet 4 of Engine.IO, packets 0 and 2 of Socket.IO. */
export const speeches: Record<SocketStandIn, Speech> = {
  uws: { path: '/', greetings: 0, say: (text) => text },
  'uws-publish': { path: '/', greetings: 0, say: (text) => text },
  ws: { path: '/', greetings: 0, say: (text) => text },
  'socket-io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    greeting: '40',
    greetings: 2,
    say: (text) => `42${JSON.stringify(['say', text])}`,
  },
};

const pollMs = 1;

/** @param onText gets the texts after the greetings */
export async function openStandInSocket(
  kind: SocketStandIn,
  port: number,
  onText?: (text: string) => void,
): Promise<CountingSocket> {
  const { path, greeting, greetings } = speeches[kind];
  const hear = onText && ((text: string) => socket.texts > greetings && onText(text));
  const socket: CountingSocket = await CountingSocket.open({ port, path, ...(hear && { onText: hear }) });
  if (greeting !== undefined) socket.send(greeting);
  while (socket.texts < greetings) await new Promise((resolve) => setTimeout(resolve, pollMs));
  return socket;
}
