// `/health` under autocannon, beside a two-line handler on uWebSockets.js and node:http.
import type { HttpAnswers } from '../load/http.ts';
import type { PeerAnswers } from '../peers/uws.ts';
import { Child } from '../processes/child.ts';
import type { Usage } from '../processes/parent.ts';
import { type Figures, interleaved, type Options, type Result, rowOf, type Samples } from '../scenario.ts';
import type { EngineAnswers } from '../server/engine.ts';
import { median } from '../statistics.ts';

const variants = ['engine', 'uws', 'node:http'] as const;
type Variant = (typeof variants)[number];

const connections = 100;
const pipelining = 10;
/** More than a server needs, since the server must be what waits for a core, not the generator. */
const workers = 4;
const reachOfUws = 0.7;
const reachOfNodeHttp = 2;
/** Of the time: with less, the server waited for the generator. */
const loopBusyMin = 0.85;

const rate = 'requests/s';
const loopBusy = "the server's event loop busy, of the time";

type Served = { port: number; usage(): Promise<Usage> };

export async function rest(options: Options): Promise<Result> {
  const generator = new Child<HttpAnswers>('load/http.ts');
  const engine = new Child<EngineAnswers>('server/engine.ts', ['--expose-gc']);
  const uws = new Child<PeerAnswers>('peers/uws.ts');
  const nodeHttp = new Child<PeerAnswers>('peers/node-http.ts');
  const { port } = await engine.ask('start', { dropsRows: false, environment: {} });
  const servers: Record<Variant, Served> = {
    engine: { port, usage: () => engine.ask('usage') },
    uws: { port: await uws.ask('start'), usage: () => uws.ask('usage') },
    'node:http': { port: await nodeHttp.ask('start'), usage: () => nodeHttp.ask('usage') },
  };
  const problems: string[] = [];
  const measure = (variant: Variant, durationMs: number) =>
    measureOnce(variant, servers[variant], { generator, durationMs, problems });
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await measure(variant, options.warmUpMs);
  }
  const samples = await interleaved(variants, options, (variant) => measure(variant, options.durationMs));
  await Promise.all([generator, engine, uws, nodeHttp].map((child) => child.end()));
  return {
    rows: [rowAgainst(samples, 'uws', reachOfUws), rowAgainst(samples, 'node:http', reachOfNodeHttp)],
    figures: samples.table(),
    notes: [
      `autocannon, ${workers} threads, ${connections} connections with ${pipelining} requests on their way in each; each round ${options.durationMs / 1_000} s.`,
      'Where the loop of a server was busy nearly all the time, the server was the bottleneck, whatever the generator used.',
    ],
    warnings: warningsOf(samples),
    problems,
  };
}

const rowAgainst = (samples: Samples<Variant>, reference: Exclude<Variant, 'engine'>, value: number) =>
  rowOf(samples.of('engine', rate), samples.of(reference, rate), {
    name: '/health',
    unit: rate,
    referenceName: reference,
    reach: { of: 'ratio', bound: 'at least', value },
  });

type Load = { generator: Child<HttpAnswers>; durationMs: number; problems: string[] };

async function measureOnce(variant: Variant, server: Served, { generator, durationMs, problems }: Load) {
  const before = await server.usage();
  const url = `http://127.0.0.1:${server.port}/health`;
  const result = await generator.ask('run', { url, connections, pipelining, workers, durationMs });
  const after = await server.usage();
  if (result.failures > 0) problems.push(`${variant}: ${result.failures} requests failed.`);
  const serverCpuMs = after.cpuMs - before.cpuMs;
  const activeMs = after.loopActiveMs - before.loopActiveMs;
  const idleMs = after.loopIdleMs - before.loopIdleMs;
  return {
    [rate]: (result.requests / result.elapsedMs) * 1_000,
    'requests per second of CPU of the server': (result.requests / serverCpuMs) * 1_000,
    'p99, ms': result.latencyP99Ms,
    'CPU of the server, cores': serverCpuMs / result.elapsedMs,
    [loopBusy]: activeMs / (activeMs + idleMs),
    'CPU of the generator, cores': result.cpuMs / result.elapsedMs,
  } satisfies Figures;
}

const warningsOf = (samples: Samples<Variant>): string[] =>
  variants
    .filter((variant) => median(samples.of(variant, loopBusy)) < loopBusyMin)
    .map(
      (variant) =>
        `${variant} waited for the generator: its rate is too low; compare requests per second of CPU instead.`,
    );
