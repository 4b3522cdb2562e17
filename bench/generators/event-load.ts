// The load generator of events: clients whose sessions all emit at once, in a process of its own.
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import type { ReceivedFrame } from './received-frame.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';

/** Each client runs one session after the other until the duration is over. */
type EventsLoad = { target: Target; clients: number; task: string; durationMs: number };

export type EventsResult = {
  events: number;
  /** From the first connection to the last `completed`, over all repetitions. */
  elapsedMs: number;
  /** From each thought's timestamp to when its client had it. */
  latenciesMs: number[];
  cpuMs: number;
  problems: string[];
};

async function runEventLoad({ target, clients, task, durationMs }: EventsLoad): Promise<EventsResult> {
  const tokens = await signTokens(target, clients);
  const result: EventsResult = { events: 0, elapsedMs: 0, latenciesMs: [], cpuMs: 0, problems: [] };
  do await runEmittingSessions(target, tokens, task, result);
  while (result.elapsedMs < durationMs && result.problems.length === 0);
  return result;
}

async function runEmittingSessions(
  target: Target,
  tokens: readonly string[],
  task: string,
  result: EventsResult,
): Promise<void> {
  const onEvent = ({ eventType, timestamp = '' }: ReceivedFrame) => {
    if (eventType === 'ThinkAction') result.latenciesMs.push(Date.now() - Date.parse(timestamp));
  };
  const before = readOwnUsage();
  const startedAtMs = performance.now();
  const sockets = tokens.map((token) => new SessionClient(target, token, { firstMessage: { task }, onEvent }));
  for (const outcome of await Promise.allSettled(sockets.map((socket) => socket.completed)))
    if (outcome.status === 'rejected') result.problems.push((outcome.reason as Error).message);
  result.elapsedMs += performance.now() - startedAtMs;
  result.cpuMs += readOwnUsage().cpuMs - before.cpuMs;
  await Promise.all(sockets.map((socket) => socket.close()));
  result.events += sockets.reduce((sum, socket) => sum + socket.events, 0);
}

const answers = { run: runEventLoad };
export type EventsAnswers = typeof answers;

answerParent(answers);
