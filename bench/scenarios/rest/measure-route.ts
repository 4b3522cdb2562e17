// How a route is measured: A B A B under autocannon, each server's CPU beside its rate.
import { generatorCpu, serverBusy, warnOfWaiting } from '../../generator-warnings.ts';
import type { HttpAnswers, HttpLoad } from '../../generators/http-load.ts';
import type { Child } from '../../processes/child.ts';
import {
  type Figures,
  measureInTurns,
  type Reach,
  rowOf,
  type Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../../scenario.ts';
import type { Served, ServerName, Servers } from './rest-servers.ts';

export type RestDependencies = {
  servers: Servers;
  generator: Child<HttpAnswers>;
  /** Headers of a caller that the engine knows. */
  headers: Record<string, string>;
  chatCount: number;
};

export type Route = {
  /** The name of the figure. */
  name: string;
  /** The path that each server is asked for; the ceiling has only one. */
  paths: Partial<Record<ServerName, string>> & { engine: string };
  headers: Record<string, string>;
  /** Absent for a server that only informs. */
  ratioMin: Partial<Record<ServerName, number>>;
  connections: number;
  pipelining: number;
};

/** Threads of the generator: more than a server needs, so that the server is the bottleneck. */
const threads = 4;
/** A quick round has no threads, since starting them takes longer than the round. */
const quickThreads = 0;

const rate = 'requests/s';
const ratePerCpu = 'requests per second of CPU';

export async function measureRoute(
  options: ScenarioOptions,
  route: Route,
  { servers, generator }: RestDependencies,
): Promise<ScenarioResult> {
  const problems: string[] = [];
  const variants = Object.keys(route.paths) as ServerName[];
  const progress = (said: string) => options.progress(`${route.name}, ${said}`);
  const workers = options.isQuick ? quickThreads : threads;
  const measure = (variant: ServerName, durationMs: number) => {
    const { headers, connections, pipelining } = route;
    const url = `${servers[variant].origin}${route.paths[variant]}`;
    return measureServer(servers[variant], generator, { url, headers, connections, pipelining, workers, durationMs });
  };
  // autocannon never takes less than a second, in which a server warms up by itself.
  for (const variant of options.isQuick ? [] : variants) {
    progress(`warm-up: ${variant}`);
    await measure(variant, options.warmUpMs);
  }
  const measured = await measureInTurns(variants, { ...options, progress }, async (variant) => {
    const { figures, failures } = await measure(variant, options.durationMs);
    if (failures > 0) problems.push(`${variant}: ${failures} requests for ${route.name} failed.`);
    return figures;
  });
  return {
    rows: [rate, ratePerCpu].flatMap((figure) => rowsOf(measured, figure, route, variants)),
    figures: Object.fromEntries(
      Object.entries(measured.makeTable()).map(([figure, byVariant]) => [`${route.name}: ${figure}`, byVariant]),
    ),
    notes: [
      `${route.name}: autocannon, ${Math.max(1, workers)} thread(s), ${route.connections} connections with ${route.pipelining} request(s) on their way in each; each round ${options.durationMs / 1_000} s.`,
    ],
    warnings: warnOfWaiting(measured, variants, `for ${route.name}, compare requests per second of CPU.`),
    problems,
  };
}

function rowsOf(samples: Samples<ServerName>, figure: string, route: Route, variants: readonly ServerName[]) {
  return variants
    .filter((variant) => variant !== 'engine')
    .map((reference) =>
      rowOf(samples.get('engine', figure), samples.get(reference, figure), {
        name: route.name,
        unit: figure,
        referenceName: reference,
        referenceKind: reference === 'uws' ? 'ceiling' : 'alternative',
        ...reachOf(route.ratioMin[reference]),
      }),
    );
}

const reachOf = (value: number | undefined): { reach?: Reach } =>
  value === undefined ? {} : { reach: { of: 'ratio', bound: 'at least', value } };

async function measureServer(server: Served, generator: Child<HttpAnswers>, load: HttpLoad) {
  const before = await server.usage();
  const result = await generator.ask('run', load);
  const after = await server.usage();
  const serverCpuMs = after.cpuMs - before.cpuMs;
  const activeMs = after.loopActiveMs - before.loopActiveMs;
  const idleMs = after.loopIdleMs - before.loopIdleMs;
  const figures = {
    [rate]: (result.requests / result.elapsedMs) * 1_000,
    [ratePerCpu]: (result.requests / serverCpuMs) * 1_000,
    'p99, ms': result.latencyP99Ms,
    'CPU of the server, cores': serverCpuMs / result.elapsedMs,
    [serverBusy]: activeMs / (activeMs + idleMs),
    [generatorCpu]: result.cpuMs / result.elapsedMs,
  } satisfies Figures;
  return { figures, failures: result.failures };
}
