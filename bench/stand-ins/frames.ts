// The ceiling of delivery: uWebSockets.js alone, sending each client the frames that the engine would, from memory.
import { App, type us_listen_socket, us_socket_local_port, type WebSocket } from 'uWebSockets.js';
import { v7 as uuid } from 'uuid';
import { parseEmission, writeThoughts } from '../../actors/models/emission.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import { answerParent, readOwnUsage } from '../processes/parent.ts';

type Data = { frames: readonly string[]; sent: number };
type Socket = WebSocket<Data>;

/** Bytes pending on one socket; the rest waits until it has drained. */
const pendingBytesMax = 256 * 1024;

const app = App().ws<Data>('/api/v1/ws', {
  maxBackpressure: 2 * pendingBytesMax,
  upgrade: (res, req, context) => {
    const [key, protocol, extensions] = ['key', 'protocol', 'extensions'].map((name) =>
      req.getHeader(`sec-websocket-${name}`),
    ) as [string, string, string];
    res.upgrade<Data>({ frames: [], sent: 0 }, key, protocol, extensions, context);
  },
  message: (socket, message) => {
    const { task } = JSON.parse(Buffer.from(message).toString()) as { task: string };
    socket.getUserData().frames = makeFrames(task);
    sendMore(socket);
  },
  drain: sendMore,
});

function sendMore(socket: Socket): void {
  const data = socket.getUserData();
  socket.cork(() => {
    while (data.sent < data.frames.length && socket.getBufferedAmount() < pendingBytesMax)
      socket.send(data.frames[data.sent++] as string);
  });
}

const framesByTask = new Map<string, readonly string[]>();

/** Frames are made once, since all sockets get the same bytes. */
function makeFrames(task: string): readonly string[] {
  const known = framesByTask.get(task);
  if (known) return known;
  const sessionId = uuid();
  const emission = parseEmission(task) ?? { events: 0, atOnce: 1, everyMs: 0 };
  const thoughts = writeThoughts({ ...emission, atOnce: emission.events }, 0);
  const frames = [...thoughts, ''].map((content, at) => frameOf(makeEvent(sessionId, at + 1, content)));
  framesByTask.set(task, frames);
  return frames;
}

/** A thought; without one, the end of the turn. */
const makeEvent = (sessionId: string, sequence: number, content: string): StoredEvent => ({
  sessionId,
  epoch: 1,
  sequence,
  role: content === '' ? 'system' : 'assistant',
  eventType: content === '' ? 'Status' : 'ThinkAction',
  content,
  metadata: content === '' ? { status: 'completed' } : { thought: content },
  commandId: null,
  createdAtMs: Date.now(),
});

const startFrames = () =>
  new Promise<number>((resolve) =>
    app.listen('127.0.0.1', 0, (socket: us_listen_socket) => resolve(us_socket_local_port(socket))),
  );

const answers = { start: startFrames, usage: readOwnUsage };
export type FramesAnswers = typeof answers;

answerParent(answers);
