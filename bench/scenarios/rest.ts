// `/health` under autocannon, beside a two-line handler on uWebSockets.js and node:http.
import type { HttpAnswers } from '../load/http.ts';
import type { PeerAnswers } from '../peers/uws.ts';
import { Child } from '../processes/child.ts';
import type { Usage } from '../processes/parent.ts';
import { type Figures, interleaved, type Options, type Result, rowOf, type Samples } from '../scenario.ts';
import { startEngine } from '../server/start.ts';
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
const ratePerCpu = 'requests per second of CPU';
const loopBusy = "the server's event loop busy, of the time";

type Served = { port: number; usage(): Promise<Usage> };

export async function rest(options: Options): Promise<Result> {
  const generator = new Child<HttpAnswers>('load/http.ts');
  const uws = new Child<PeerAnswers>('peers/uws.ts');
  const nodeHttp = new Child<PeerAnswers>('peers/node-http.ts');
  const engine = await startEngine({ dropsRows: false, environment: {} });
  const servers: Record<Variant, Served> = {
    engine: { port: engine.address.port, usage: () => engine.process.ask('usage') },
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
  await Promise.all([generator, engine.process, uws, nodeHttp].map((child) => child.end()));
  return {
    rows: [rate, ratePerCpu].flatMap((figure) => [
      rowAgainst(samples, figure, 'uws', reachOfUws),
      rowAgainst(samples, figure, 'node:http', reachOfNodeHttp),
    ]),
    figures: samples.table(),
    notes: [
      `autocannon, ${workers} threads, ${connections} connections with ${pipelining} requests on their way in each; each round ${options.durationMs / 1_000} s.`,
      'autocannon needs more CPU for a request than uWebSockets.js does: on a few cores it holds the faster servers back.',
      'Requests per second of CPU of the server do not depend on that; the CPU of all threads of the engine counts.',
    ],
    warnings: warningsOf(samples),
    problems,
  };
}

const rowAgainst = (samples: Samples<Variant>, figure: string, reference: Exclude<Variant, 'engine'>, value: number) =>
  rowOf(samples.of('engine', figure), samples.of(reference, figure), {
    name: '/health',
    unit: figure,
    referenceName: reference,
    referenceKind: reference === 'uws' ? 'ceiling' : 'alternative',
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
    [ratePerCpu]: (result.requests / serverCpuMs) * 1_000,
    'p99, ms': result.latencyP99Ms,
    'CPU of the server, cores': serverCpuMs / result.elapsedMs,
    [loopBusy]: activeMs / (activeMs + idleMs),
    'CPU of the generator, cores': result.cpuMs / result.elapsedMs,
  } satisfies Figures;
}

function warningsOf(samples: Samples<Variant>): string[] {
  const waiting = variants.filter((variant) => median(samples.of(variant, loopBusy)) < loopBusyMin);
  if (waiting.length === 0) return [];
  return [`${waiting.join(' and ')} waited for the generator: compare requests per second of CPU, not requests/s.`];
}
