// An engine that is cut from the nats-servers, or from PostgreSQL, or reaches both slowly.
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../fault.ts';
import { type Broken, makeClusterFault } from '../cluster-fault.ts';
import type { Server } from '../network.ts';

const cutMs = 15_000;
const slowForMs = 10_000;
const latencyMs = 100;
const lostShare = 0.01;

const cutFrom =
  (server: Server) =>
  async ({ stage, hit }: Broken): Promise<void> => {
    const { machine } = stage.seatOf(hit);
    await stage.network.cut(machine, server);
    await delay(cutMs);
    await stage.network.heal(machine);
  };

async function slowDown({ stage, hit }: Broken): Promise<void> {
  const { machine } = stage.seatOf(hit);
  const urls = [machine.databaseUrl, ...machine.natsUrls];
  await stage.links.ask('slowDown', urls, latencyMs);
  stage.network.losePackets(machine, lostShare);
  await delay(slowForMs);
  await stage.network.heal(machine);
  await stage.links.ask('slowDown', urls, 0);
}

export const networkFaults: Record<string, Fault> = {
  'cut-nats': makeClusterFault({
    title: 'an engine cut from the nats-servers for 15 s, and not from PostgreSQL',
    reach: { awayMs: cutMs + 10_000 },
    act: cutFrom('nats'),
  }),
  'cut-database': makeClusterFault({
    title: 'an engine cut from PostgreSQL for 15 s, and not from the nats-servers',
    reach: { awayMs: cutMs + 10_000 },
    act: cutFrom('database'),
  }),
  'slow-network': makeClusterFault({
    title: 'an engine that reaches all servers 100 ms late, with 1 % loss, for 10 s',
    reach: { awayMs: 5_000 },
    act: slowDown,
  }),
};
