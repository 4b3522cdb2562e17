// The servers of `rest`, each a process of its own: the engine, the ceiling, and what people would use instead.
import type { FastifyAnswers } from '../../peers/fastify.ts';
import type { PeerAnswers } from '../../peers/uws.ts';
import { Child } from '../../processes/child.ts';
import type { Usage } from '../../processes/parent.ts';
import type { RunningEngine } from '../../server/start.ts';

export type Served = { origin: string; usage(): Promise<Usage> };
export type ServerName = 'engine' | 'uws' | 'fastify' | 'node:http';
export type Servers = Record<ServerName, Served> & { end(): Promise<void> };

export async function startServers(engine: RunningEngine): Promise<Servers> {
  const uws = new Child<PeerAnswers>('peers/uws.ts');
  const nodeHttp = new Child<PeerAnswers>('peers/node-http.ts');
  const fastify = new Child<FastifyAnswers>('peers/fastify.ts');
  const { secret, databaseUrl } = engine.address;
  return {
    engine: served(engine.address.port, () => engine.process.ask('usage')),
    uws: served(await uws.ask('start'), () => uws.ask('usage')),
    'node:http': served(await nodeHttp.ask('start'), () => nodeHttp.ask('usage')),
    fastify: served(await fastify.ask('start', { secret, databaseUrl }), () => fastify.ask('usage')),
    end: async () => {
      await Promise.all([uws, nodeHttp, fastify].map((child) => child.end()));
      await engine.process.end(); // Last, since its PostgreSQL is read by others.
    },
  };
}

const served = (port: number, usage: () => Promise<Usage>): Served => ({ origin: `http://127.0.0.1:${port}`, usage });
