// The load of a flood, in a process of its own: clients on counting sockets that send at a rate, whatever the answers.
import { signTestToken } from '../../../engine/testing/engine.ts';
import { answerParent } from '../../processes/parent.ts';
import { PumpClient } from './pump-client.ts';

type Opening = { ws: string; name: string; clients: number };

type PumpLoad = {
  /** Commands a second of all clients together. */
  perSecond: number;
  /** Unanswered commands that one client may have; undefined for any number. */
  unansweredMax?: number;
};

export type PumpCounts = {
  sent: number;
  acknowledged: number;
  refusals: Map<string, number>;
  closes: Map<number, number>;
  /** Events that did not follow the one before. */
  holes: number;
};

/** Every client sends its due commands this often, so that writes are few and hold several. */
const tickMs = 20;

let clients: PumpClient[] = [];
let ticking: NodeJS.Timeout | undefined;

async function openPumpClients({ ws, name, clients: count }: Opening): Promise<void> {
  const names = Array.from({ length: count }, (_, number) => `${name}-${number}`);
  clients = await Promise.all(
    names.map(async (each) => PumpClient.open(new URL(`${ws}?token=${await signTestToken(each)}`), each)),
  );
}

function startPumping({ perSecond, unansweredMax = Number.POSITIVE_INFINITY }: PumpLoad): void {
  const startedAtMs = performance.now();
  let due = 0;
  ticking = setInterval(() => {
    const dueNow = Math.floor(((performance.now() - startedAtMs) / 1_000) * (perSecond / clients.length));
    for (const client of clients) client.send(dueNow - due, unansweredMax);
    due = dueNow;
  }, tickMs);
}

function stopPumping(): void {
  clearInterval(ticking);
}

function countAll(): PumpCounts {
  const all: PumpCounts = { sent: 0, acknowledged: 0, refusals: new Map(), closes: new Map(), holes: 0 };
  for (const { sent, acknowledged, refusals, closedWith, holes } of clients) {
    all.sent += sent;
    all.acknowledged += acknowledged.length;
    all.holes += holes;
    for (const [code, times] of refusals) all.refusals.set(code, (all.refusals.get(code) ?? 0) + times);
    if (closedWith !== undefined) all.closes.set(closedWith, (all.closes.get(closedWith) ?? 0) + 1);
  }
  return all;
}

const listAcknowledged = (): string[] => clients.flatMap((client) => client.acknowledged);

function leaveAll(): void {
  for (const client of clients) client.leave();
}

const answers = {
  open: openPumpClients,
  load: startPumping,
  rest: stopPumping,
  counts: countAll,
  acknowledged: listAcknowledged,
  leave: leaveAll,
};
export type PumpAnswers = typeof answers;

answerParent(answers);
