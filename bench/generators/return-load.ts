// The load generator of restarts: clients that come back by themselves when they lose their connection, as front ends do.
import { setTimeout as sleep } from 'node:timers/promises';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { CountingSocket } from './counting-socket.ts';
import { readFrame } from './received-frame.ts';
import { SessionClient, signTokens, type Target } from './session-client.ts';

type ReturnResult = {
  cpuMs: number;
  problems: string[];
};

const users = 100;
const concurrency = 64;
const backoffMs = { first: 50, most: 500 };
const returnedWithinMs = 120_000;

type AwayClient = { token: string; position: string; closed: Promise<unknown> };

let attached: CountingSocket[] = [];
let away: AwayClient[] = [];

/** Brings sessions to `completed` and keeps their sockets open. */
async function openReturningSessions(target: Target, sessions: number): Promise<void> {
  const tokens = await signTokens(target, users);
  let begun = 0;
  const openSome = async () => {
    while (begun < sessions) {
      const token = tokens[begun++ % users] as string;
      const client = new SessionClient(target, token);
      await client.completed;
      away.push({ token, position: client.position, closed: client.closed });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, openSome));
}

/**
 * Every client comes back when its connection is lost, with growing pauses.
 * @returns once all are attached again at their positions
 */
async function returnAll(target: Target): Promise<ReturnResult> {
  const before = readOwnUsage();
  const startedAtMs = performance.now();
  const problems: string[] = [];
  const lost = away.splice(0);
  await Promise.all(
    lost.map(async (client) => {
      await client.closed;
      await returnOne(target, client, startedAtMs + returnedWithinMs).catch((problem: Error) =>
        problems.push(problem.message),
      );
    }),
  );
  const { cpuMs } = readOwnUsage();
  return { cpuMs: cpuMs - before.cpuMs, problems };
}

async function returnOne(target: Target, client: AwayClient, deadlineMs: number): Promise<void> {
  for (let waitMs = backoffMs.first; performance.now() < deadlineMs; waitMs = Math.min(2 * waitMs, backoffMs.most)) {
    await sleep(waitMs / 2 + (Math.random() * waitMs) / 2);
    const problem = await attachAgain(target, client).catch(() => 'not yet');
    if (problem === undefined) return;
    if (problem !== 'not yet') throw new Error(problem);
  }
  throw new Error(`A client was not attached again within ${returnedWithinMs} ms.`);
}

/** @returns the problem; undefined once the client is attached at its position */
async function attachAgain({ port }: Target, { token, position }: AwayClient): Promise<string | undefined> {
  const answered = Promise.withResolvers<string | undefined>();
  const closed = Promise.withResolvers<void>();
  const onText = (text: string) => {
    const { type, recovered, code } = readFrame(text);
    if (type === 'attached') answered.resolve(recovered ? undefined : 'A client was not recovered.');
    if (type === 'error') answered.resolve(`A client got the error ${code}.`);
  };
  const onClose = () => {
    answered.resolve('not yet');
    closed.resolve();
  };
  const path = `/api/v1/ws?token=${token}&${position}`;
  const socket = await CountingSocket.open({ port, path, protocol: everythingSubprotocol, onText, onClose });
  const problem = await answered.promise;
  if (problem !== undefined) return problem;
  attached.push(socket);
  away.push({ token, position, closed: closed.promise });
  return undefined;
}

const countOpenSockets = () => attached.filter((socket) => socket.isOpen).length;

async function closeReturned(): Promise<void> {
  await Promise.all(attached.map((socket) => socket.close()));
  attached = [];
  away = [];
}

const answers = {
  open: openReturningSessions,
  comeBack: returnAll,
  openSockets: countOpenSockets,
  closeAll: closeReturned,
};
export type ReturningAnswers = typeof answers;

answerParent(answers);
