// The load generator of sessions: clients that run whole sessions again and again, in a process of its own.
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';

type SessionsLoad = { target: Target; clients: number; durationMs: number };

export type SessionsResult = {
  /** Sessions and their events from connecting to the last close; the last sessions run over the duration. */
  sessions: number;
  events: number;
  elapsedMs: number;
  /** From sending the task to receiving `completed`. */
  latenciesMs: number[];
  cpuMs: number;
  /** Answers that weren't as expected; a client with a problem stops. */
  problems: string[];
};

async function runSessionLoad({ target, clients, durationMs }: SessionsLoad): Promise<SessionsResult> {
  const tokens = await signTokens(target, clients);
  const result: SessionsResult = { sessions: 0, events: 0, elapsedMs: 0, latenciesMs: [], cpuMs: 0, problems: [] };
  const before = readOwnUsage();
  const startedAtMs = performance.now();
  const isOver = () => performance.now() - startedAtMs >= durationMs;
  await Promise.all(tokens.map((token) => runSessionsOfClient(target, token, isOver, result)));
  result.elapsedMs = performance.now() - startedAtMs;
  result.cpuMs = readOwnUsage().cpuMs - before.cpuMs;
  return result;
}

async function runSessionsOfClient(target: Target, token: string, isOver: () => boolean, result: SessionsResult) {
  do {
    const client = new SessionClient(target, token);
    try {
      const { latencyMs } = await client.completed;
      result.latenciesMs.push(latencyMs);
    } catch (problem) {
      result.problems.push((problem as Error).message);
      return;
    }
    await client.close();
    result.sessions++;
    result.events += client.events;
  } while (!isOver());
}

const answers = { run: runSessionLoad };
export type SessionsAnswers = typeof answers;

answerParent(answers);
