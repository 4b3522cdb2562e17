// `/health`: what a request costs that asks for nothing, beside a two-line handler, Fastify and node:http.
import type { ScenarioOptions, ScenarioResult } from '../../scenario.ts';
import { measureRoute, type RestDependencies } from './measure-route.ts';

const path = '/health';

export const measureHealth = (options: ScenarioOptions, dependencies: RestDependencies): Promise<ScenarioResult> =>
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
    dependencies,
  );
