// `/health`: what a request costs that asks for nothing, beside a two-line handler, Fastify and node:http.
import type { Options, Result } from '../../scenario.ts';
import { measureRoute, type RestParts } from './measure.ts';

const path = '/health';

export const health = (options: Options, parts: RestParts): Promise<Result> =>
  measureRoute(
    options,
    {
      name: path,
      paths: { engine: path, uws: path, fastify: path, 'node:http': path },
      headers: {},
      ratioMin: { uws: 0.9, fastify: 2, 'node:http': 2 },
      connections: 100,
      pipelining: 10,
    },
    parts,
  );
