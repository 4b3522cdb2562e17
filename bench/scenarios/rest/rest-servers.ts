// The servers of `rest`, each a process of its own: the engine, the ceiling, and what people would use instead.
import { Child } from '../../processes/child.ts';
import type { Usage } from '../../processes/parent.ts';
import type { RunningEngine } from '../../server/start-engine.ts';
import type { FastifyAnswers } from '../../stand-ins/fastify.ts';
import type { HealthAnswers } from '../../stand-ins/uws-health.ts';

export type Served = { origin: string; usage(): Promise<Usage> };
export type ServerName = 'engine' | 'uws' | 'fastify' | 'node:http';
export type Servers = Record<ServerName, Served> & { end(): Promise<void> };

export async function startRestServers(engine: RunningEngine): Promise<Servers> {
  const uws = new Child<HealthAnswers>('stand-ins/uws-health.ts');
  const nodeHttp = new Child<HealthAnswers>('stand-ins/node-http.ts');
  const fastify = new Child<FastifyAnswers>('stand-ins/fastify.ts');
  const { secret, databaseUrl } = engine.address;
  return {
    engine: makeServed(engine.address.port, () => engine.process.ask('usage')),
    uws: makeServed(await uws.ask('start'), () => uws.ask('usage')),
    'node:http': makeServed(await nodeHttp.ask('start'), () => nodeHttp.ask('usage')),
    fastify: makeServed(await fastify.ask('start', { secret, databaseUrl }), () => fastify.ask('usage')),
    end: async () => {
      await Promise.all([uws, nodeHttp, fastify].map((child) => child.end()));
      await engine.process.end(); // Last, since its PostgreSQL is read by others.
    },
  };
}

const makeServed = (port: number, usage: () => Promise<Usage>): Served => ({
  origin: `http://127.0.0.1:${port}`,
  usage,
});
