// The load generator of fan-out: watchers that count what comes, and one that makes it come, in a process of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { CountingSocket } from './counting-socket.ts';
import { readFrame } from './heard-frame.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';
import { openStandInSocket, type SocketStandIn, speeches } from './stand-in-sockets.ts';

type FanOutLoad = {
  durationMs: number;
  /** Messages on their way at once. */
  inFlight: number;
};

type FanOutResult = {
  /** Frames that all watchers got together. */
  frames: number;
  /** Until the last watcher had the last of them. */
  elapsedMs: number;
  cpuMs: number;
  problems: string[];
};

const concurrency = 64;
/** Of a session's watchers every such one reads what it gets; the others count. */
const everyReading = 100;
const text = 'x'.repeat(200);
const quietMs = 100;
const answeredWithinMs = 30_000;
const quietWithinMs = 30_000;

let watchers: readonly CountingSocket[] = [];
let say: () => void = () => undefined;
let answered: () => void = () => undefined;
let problems: string[] = [];

/** Sockets of a stand-in, the first of which speaks. */
async function openStandIns(kind: SocketStandIn, port: number, count: number): Promise<void> {
  const speaker = await openStandInSocket(kind, port, () => answered());
  say = () => speaker.send(speeches[kind].say(text));
  watchers = [speaker, ...(await openMany(count - 1, () => openStandInSocket(kind, port)))];
}

/** A session whose first turn is over, and those who watch it, the first of whom speaks. */
async function openWatchedSession(target: Target, count: number): Promise<void> {
  const [token = ''] = await signTokens(target, 1);
  const starter = new SessionClient(target, token);
  const { events } = await starter.completed;
  const path = `/api/v1/ws?token=${token}&${starter.position}`;
  const attach = (onText?: (text: string) => void) =>
    CountingSocket.open({ port: target.port, path, protocol: everythingSubprotocol, ...(onText && { onText }) });
  const speaker = await attach((frame) => {
    if (frame.startsWith('{"type":"ack"')) answered();
  });
  say = () => speaker.send(JSON.stringify({ type: 'message', content: text }));
  const reading = await openMany(Math.ceil(count / everyReading), () => attach(makeReader(events)));
  watchers = [speaker, ...reading, ...(await openMany(count - 1 - reading.length, () => attach()))];
  await waitUntilQuiet(); // Each of them got `attached`.
  await starter.close();
}

/** Hears whether the events of a session come in order, each once. */
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

/** One message after the other is answered, so many at once, until the time is over and all is heard. */
async function runFanOutLoad({ durationMs, inFlight }: FanOutLoad): Promise<FanOutResult> {
  problems = [];
  const before = watchers.map((watcher) => watcher.texts);
  const usageBefore = readOwnUsage();
  const startedAtMs = performance.now();
  const allAnswered = new Promise<void>((resolve) => {
    let unanswered = inFlight;
    answered = () => {
      if (performance.now() - startedAtMs < durationMs) return say();
      if (--unanswered === 0) resolve();
    };
  });
  for (let message = 0; message < inFlight; message++) say();
  const overdue = new AbortController();
  const late = sleep(durationMs + answeredWithinMs, undefined, { signal: overdue.signal }).then(() => {
    throw new Error(`What was said was not heard within ${answeredWithinMs} ms.`);
  });
  await Promise.race([allAnswered, late]).finally(() => overdue.abort());
  late.catch(() => undefined); // Aborted.
  const lastAtMs = await waitUntilQuiet();
  const heard = watchers.map((watcher, at) => watcher.texts - (before[at] as number));
  if (new Set(heard).size > 1)
    problems.push(`Watchers got from ${Math.min(...heard)} to ${Math.max(...heard)} frames, not all the same.`);
  return {
    frames: heard.reduce((sum, frames) => sum + frames, 0),
    elapsedMs: lastAtMs - startedAtMs,
    cpuMs: readOwnUsage().cpuMs - usageBefore.cpuMs,
    problems: problems.slice(0, 5),
  };
}

/** @returns when the last frame came, once none has come for a while */
async function waitUntilQuiet(): Promise<number> {
  const deadlineMs = performance.now() + quietWithinMs;
  let heard = -1;
  let lastAtMs = performance.now();
  while (performance.now() - lastAtMs < quietMs && performance.now() < deadlineMs) {
    const now = watchers.reduce((sum, watcher) => sum + watcher.texts, 0);
    if (now !== heard) lastAtMs = performance.now();
    heard = now;
    await sleep(1);
  }
  return lastAtMs;
}

const answers = { openStandIns, openSession: openWatchedSession, run: runFanOutLoad };
export type FanOutAnswers = typeof answers;

answerParent(answers);
