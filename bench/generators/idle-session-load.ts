// The load generator of idle sessions: brings sessions to `completed` and keeps their sockets, in a process of its own.
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';

type IdleLoad = { target: Target; sessions: number; concurrency: number };
type IdleResult = { events: number; elapsedMs: number; cpuMs: number; problems: string[] };

const users = 100;
const clients: SessionClient[] = [];

/** @returns once every session is completed and waits, its socket open */
async function openIdleSessions({ target, sessions, concurrency }: IdleLoad): Promise<IdleResult> {
  const tokens = await signTokens(target, users);
  const problems: string[] = [];
  const before = readOwnUsage();
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
  const { cpuMs } = readOwnUsage();
  return { events, elapsedMs: performance.now() - startedAtMs, cpuMs: cpuMs - before.cpuMs, problems };
}

const countOpenClients = () => clients.filter((client) => client.isOpen).length;

async function stopSessions(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
}

const answers = { open: openIdleSessions, openSockets: countOpenClients, stopAll: stopSessions };
export type IdleAnswers = typeof answers;

answerParent(answers);
