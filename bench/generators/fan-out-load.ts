// The load generator of fan-out: watchers that count frames, the first of which sends messages, in a process of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { CountingSocket } from './counting-socket.ts';
import { readFrame } from './received-frame.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';
import { openStandInSocket, type SocketStandIn, speeches } from './stand-in-sockets.ts';

type FanOutLoad = {
  durationMs: number;
  /** Messages that are unanswered at once. */
  inFlight: number;
};

type FanOutResult = {
  /** Frames of all watchers together. */
  frames: number;
  /** The time until the last watcher had the last frame. */
  elapsedMs: number;
  cpuMs: number;
  problems: string[];
};

const concurrency = 64;
/** One of so many watchers of a session reads its frames; the others count. */
const everyReading = 100;
const text = 'x'.repeat(200);
const quietMs = 100;
const answeredWithinMs = 30_000;
const quietWithinMs = 30_000;

let watchers: readonly CountingSocket[] = [];
let send: () => void = () => undefined;
let answered: () => void = () => undefined;
let problems: string[] = [];

/** The first socket sends the messages. */
async function openStandIns(kind: SocketStandIn, port: number, count: number): Promise<void> {
  const sender = await openStandInSocket(kind, port, () => answered());
  send = () => sender.send(speeches[kind].say(text));
  watchers = [sender, ...(await openMany(count - 1, () => openStandInSocket(kind, port)))];
}

/** The session's first turn is over, and the first watcher sends the messages. */
async function openWatchedSession(target: Target, count: number): Promise<void> {
  const [token = ''] = await signTokens(target, 1);
  const starter = new SessionClient(target, token);
  const { events } = await starter.completed;
  const path = `/api/v1/ws?token=${token}&${starter.position}`;
  const attach = (onText?: (text: string) => void) =>
    CountingSocket.open({ port: target.port, path, protocol: everythingSubprotocol, ...(onText && { onText }) });
  const sender = await attach((frame) => {
    if (frame.startsWith('{"type":"ack"')) answered();
  });
  send = () => sender.send(JSON.stringify({ type: 'message', content: text }));
  const reading = await openMany(Math.ceil(count / everyReading), () => attach(makeReader(events)));
  watchers = [sender, ...reading, ...(await openMany(count - 1 - reading.length, () => attach()))];
  await waitUntilQuiet(); // Every watcher has got `attached` by then.
  await starter.close();
}

/** The reader notes where events don't come once each, in order. */
function makeReader(position: number): (text: string) => void {
  let last = position;
  return (text) => {
    const { type, message, sequence } = readFrame(text);
    if (type === 'error') problems.push(`A watcher got the error "${message}".`);
    if (sequence === undefined || type === 'attached') return;
    if (sequence !== last + 1) problems.push(`A watcher got event ${sequence} after ${last}.`);
    last = sequence;
  };
}

async function openMany(count: number, open: () => Promise<CountingSocket>): Promise<CountingSocket[]> {
  const opened: CountingSocket[] = [];
  let asked = 0;
  const openSome = async () => {
    while (asked++ < count) opened.push(await open());
  };
  await Promise.all(Array.from({ length: concurrency }, openSome));
  return opened;
}

/** Messages are sent until the time is over, and the run ends once all of them have arrived. */
async function runFanOutLoad({ durationMs, inFlight }: FanOutLoad): Promise<FanOutResult> {
  problems = [];
  const before = watchers.map((watcher) => watcher.texts);
  const usageBefore = readOwnUsage();
  const startedAtMs = performance.now();
  const allAnswered = new Promise<void>((resolve) => {
    let unanswered = inFlight;
    answered = () => {
      if (performance.now() - startedAtMs < durationMs) return send();
      if (--unanswered === 0) resolve();
    };
  });
  for (let message = 0; message < inFlight; message++) send();
  const overdue = new AbortController();
  const late = sleep(durationMs + answeredWithinMs, undefined, { signal: overdue.signal }).then(() => {
    throw new Error(`The messages did not arrive within ${answeredWithinMs} ms.`);
  });
  await Promise.race([allAnswered, late]).finally(() => overdue.abort());
  late.catch(() => undefined); // The timer was aborted.
  const lastAtMs = await waitUntilQuiet();
  const received = watchers.map((watcher, at) => watcher.texts - (before[at] as number));
  if (new Set(received).size > 1)
    problems.push(`Watchers got from ${Math.min(...received)} to ${Math.max(...received)} frames, not all the same.`);
  return {
    frames: received.reduce((sum, frames) => sum + frames, 0),
    elapsedMs: lastAtMs - startedAtMs,
    cpuMs: readOwnUsage().cpuMs - usageBefore.cpuMs,
    problems: problems.slice(0, 5),
  };
}

/** @returns the time of the last frame, once none has come for a while */
async function waitUntilQuiet(): Promise<number> {
  const deadlineMs = performance.now() + quietWithinMs;
  let received = -1;
  let lastAtMs = performance.now();
  while (performance.now() - lastAtMs < quietMs && performance.now() < deadlineMs) {
    const now = watchers.reduce((sum, watcher) => sum + watcher.texts, 0);
    if (now !== received) lastAtMs = performance.now();
    received = now;
    await sleep(1);
  }
  return lastAtMs;
}

const answers = { openStandIns, openSession: openWatchedSession, run: runFanOutLoad };
export type FanOutAnswers = typeof answers;

answerParent(answers);
