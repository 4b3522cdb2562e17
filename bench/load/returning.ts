// The load generator of restarts: clients that come back by themselves when their connection is lost, as front ends do.
import { setTimeout as sleep } from 'node:timers/promises';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { answerParent, usageOfThisProcess } from '../processes/parent.ts';
import { BareSocket } from './bare-socket.ts';
import { type Frame, SessionClient, type Target, tokensFor } from './client.ts';

export type Returned = {
  cpuMs: number;
  problems: string[];
};

const users = 100;
const concurrency = 64;
const backoffMs = { first: 50, most: 500 };
const returnedWithinMs = 120_000;

type Away = { token: string; position: string; closed: Promise<unknown> };

let attached: BareSocket[] = [];
let away: Away[] = [];

/** Brings sessions to `completed` and keeps their sockets open. */
async function open(target: Target, sessions: number): Promise<void> {
  const tokens = await tokensFor(target, users);
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
 * Every client comes back when its connection is lost: soon, then later and later.
 * @returns once all are attached again with all that they had seen
 */
async function comeBack(target: Target): Promise<Returned> {
  const before = usageOfThisProcess();
  const startedAtMs = performance.now();
  const problems: string[] = [];
  const lost = away.splice(0);
  await Promise.all(
    lost.map(async (client) => {
      await client.closed;
      await comeBackOnce(target, client, startedAtMs + returnedWithinMs).catch((problem: Error) =>
        problems.push(problem.message),
      );
    }),
  );
  const { cpuMs } = usageOfThisProcess();
  return { cpuMs: cpuMs - before.cpuMs, problems };
}

async function comeBackOnce(target: Target, client: Away, deadlineMs: number): Promise<void> {
  for (let waitMs = backoffMs.first; performance.now() < deadlineMs; waitMs = Math.min(2 * waitMs, backoffMs.most)) {
    await sleep(waitMs / 2 + (Math.random() * waitMs) / 2);
    const problem = await attach(target, client).catch(() => 'not yet');
    if (problem === undefined) return;
    if (problem !== 'not yet') throw new Error(problem);
  }
  throw new Error(`A client was not attached again within ${returnedWithinMs} ms.`);
}

/** @returns what is wrong; nothing once it is attached and its position was known */
async function attach({ port }: Target, { token, position }: Away): Promise<string | undefined> {
  const heard = Promise.withResolvers<string | undefined>();
  const closed = Promise.withResolvers<void>();
  const onText = (text: string) => {
    const { type, recovered, code } = JSON.parse(text) as Frame;
    if (type === 'attached') heard.resolve(recovered ? undefined : 'A client was not recovered.');
    if (type === 'error') heard.resolve(`A client got the error ${code}.`);
  };
  const onClose = () => {
    heard.resolve('not yet');
    closed.resolve();
  };
  const path = `/api/v1/ws?token=${token}&${position}`;
  const socket = await BareSocket.open({ port, path, protocol: everythingSubprotocol, onText, onClose });
  const problem = await heard.promise;
  if (problem !== undefined) return problem;
  attached.push(socket);
  away.push({ token, position, closed: closed.promise });
  return undefined;
}

const openSockets = () => attached.filter((socket) => socket.isOpen).length;

async function closeAll(): Promise<void> {
  await Promise.all(attached.map((socket) => socket.close()));
  attached = [];
  away = [];
}

const answers = { open, comeBack, openSockets, closeAll };
export type ReturningAnswers = typeof answers;

answerParent(answers);
