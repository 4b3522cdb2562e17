// The load generator of idle sessions: brings sessions to `completed` and keeps their sockets, in a process of its own.
import { answerParent, usageOfThisProcess } from '../processes/parent.ts';
import { SessionClient, type Target, tokensFor } from './client.ts';

export type IdleLoad = { target: Target; sessions: number; concurrency: number };
export type IdleResult = { events: number; elapsedMs: number; cpuMs: number; problems: string[] };

const users = 100;
const clients: SessionClient[] = [];

/** @returns once every session is completed and waits, its socket open */
async function open({ target, sessions, concurrency }: IdleLoad): Promise<IdleResult> {
  const tokens = await tokensFor(target, users);
  const problems: string[] = [];
  const before = usageOfThisProcess();
  const startedAtMs = performance.now();
  const openSome = async () => {
    while (clients.length < sessions && problems.length === 0) {
      const client = new SessionClient(target, tokens[clients.length % users] as string);
      clients.push(client);
      await client.completed.catch((problem: Error) => problems.push(problem.message));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, openSome));
  const events = clients.reduce((sum, client) => sum + client.events, 0);
  const { cpuMs } = usageOfThisProcess();
  return { events, elapsedMs: performance.now() - startedAtMs, cpuMs: cpuMs - before.cpuMs, problems };
}

/** How many sockets are still open. */
const openSockets = () => clients.filter((client) => client.isOpen).length;

/** Ends all sessions that are open. */
async function stopAll(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
}

const answers = { open, openSockets, stopAll };
export type IdleAnswers = typeof answers;

answerParent(answers);
