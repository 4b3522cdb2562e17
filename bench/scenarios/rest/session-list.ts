// `GET /api/v1/sessions` with a JWT: what knowing the caller costs, beside a two-line handler that knows nobody.
import type { ScenarioOptions, ScenarioResult } from '../../scenario.ts';
import { measureRoute, type RestDependencies } from './measure-route.ts';

export const measureSessionList = (options: ScenarioOptions, dependencies: RestDependencies): Promise<ScenarioResult> =>
  measureRoute(
    options,
    {
      name: 'GET /api/v1/sessions with a JWT',
      paths: { engine: '/api/v1/sessions', uws: '/health' },
      headers: dependencies.headers,
      ratioMin: { uws: 0.6 },
      connections: 100,
      pipelining: 10,
    },
    dependencies,
  );
