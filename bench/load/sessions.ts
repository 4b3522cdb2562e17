// The load generator of sessions: clients that run whole sessions again and again, in a process of its own.
import { answerParent, usageOfThisProcess } from '../processes/parent.ts';
import { SessionClient, type Target, tokensFor } from './client.ts';

export type SessionsLoad = { target: Target; clients: number; durationMs: number };

export type SessionsResult = {
  /** Sessions and events of them from connecting to the last close; the last sessions run over the duration. */
  sessions: number;
  events: number;
  elapsedMs: number;
  /** From sending the task to hearing `completed`. */
  latenciesMs: number[];
  cpuMs: number;
  /** What no client should have seen; a client with a problem stops. */
  problems: string[];
};

async function run({ target, clients, durationMs }: SessionsLoad): Promise<SessionsResult> {
  const tokens = await tokensFor(target, clients);
  const result: SessionsResult = { sessions: 0, events: 0, elapsedMs: 0, latenciesMs: [], cpuMs: 0, problems: [] };
  const before = usageOfThisProcess();
  const startedAtMs = performance.now();
  const isOver = () => performance.now() - startedAtMs >= durationMs;
  await Promise.all(tokens.map((token) => runSessions(target, token, isOver, result)));
  result.elapsedMs = performance.now() - startedAtMs;
  result.cpuMs = usageOfThisProcess().cpuMs - before.cpuMs;
  return result;
}

async function runSessions(target: Target, token: string, isOver: () => boolean, result: SessionsResult) {
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

const answers = { run };
export type SessionsAnswers = typeof answers;

answerParent(answers);
