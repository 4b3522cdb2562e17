// Three engines with a bus beside one engine without, on one PostgreSQL: commands a second, what the way over the bus adds, and CPU.
import { randomBytes } from 'node:crypto';
import { createDatabase } from '../database.ts';
import { generatorCpu, warnOfExhausted } from '../generator-warnings.ts';
import type { ClusterLoadAnswers, ClusterLoadResult } from '../generators/cluster-load.ts';
import { Child } from '../processes/child.ts';
import { type Figures, rowOf, Samples, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import { type RunningEngine, startEngine } from '../server/start-engine.ts';
import { type MeasuredNats, startNats } from '../server/start-nats.ts';
import { median, percentile } from '../statistics.ts';

type Variant = 'one engine' | 'three engines' | 'one at half rate' | 'three at half rate';

const clients = 45;
const rate = 'commands/s';
const cpu = 'CPU of engines and nats-server an event, µs';
const [local50, remote50] = ['acknowledged at the owner p50, ms', 'elsewhere p50, ms'];
const [local99, remote99] = ['acknowledged at the owner p99, ms', 'elsewhere p99, ms'];
const reach = { ratioMin: 0.75, added50Max: 1, added99Max: 3 };
/** The share of the asked rate that must have been sent for its delays to be valid. */
const pacedRatioMin = 0.8;

export async function measureCluster(options: ScenarioOptions): Promise<ScenarioResult> {
  const nats = await startNats();
  try {
    return await measureWith(nats, options);
  } finally {
    await nats.end();
  }
}

async function measureWith(nats: MeasuredNats, options: ScenarioOptions): Promise<ScenarioResult> {
  const stage = await openStage(nats, options);
  const problems: string[] = [];
  const samples = new Samples<Variant>();
  try {
    for (let round = 0; round <= options.rounds; round++) {
      const isWarmUp = round === 0;
      options.progress(isWarmUp ? 'warm-up' : `round ${round} of ${options.rounds}`);
      for (const side of round % 2 === 0 ? (['one', 'three'] as const) : (['three', 'one'] as const)) {
        const full = await stage.run(side, { durationMs: isWarmUp ? options.warmUpMs : options.durationMs });
        problems.push(...full.result.problems.slice(0, 1));
        if (isWarmUp) continue;
        const ofFull: Variant = side === 'one' ? 'one engine' : 'three engines';
        samples.add(ofFull, figuresOf(full));
        const perSecond = median(samples.get('three engines', rate)) / 2;
        const half = await stage.run(side, { perSecond, durationMs: options.durationMs });
        problems.push(...half.result.problems.slice(0, 1), ...findPaceProblem(half.result, perSecond));
        samples.add(side === 'one' ? 'one at half rate' : 'three at half rate', {
          ...figuresOf(half),
          ...delaysOf(half.result),
        });
      }
    }
  } finally {
    await stage.end();
  }
  const variants: Variant[] = ['one engine', 'three engines', 'one at half rate', 'three at half rate'];
  const warnings = warnOfExhausted(samples, variants);
  return { rows: rowsOf(samples), figures: samples.makeTable(), notes, warnings, problems };
}

function rowsOf(samples: Samples<Variant>) {
  const half = (figure: string) => samples.get('three at half rate', figure);
  const added = (remote: string, localFigure: string) => {
    const locals = half(localFigure);
    return half(remote).map((ms, at) => Math.max(0, ms - (locals[at] ?? 0))); // Within the noise it may be less.
  };
  const hop = (name: string, [remote, localFigure]: [string, string], value: number) =>
    rowOf(added(remote, localFigure), half(localFigure), {
      name: `${name} that another engine adds to a command at half load`,
      unit: 'ms',
      referenceName: 'at the owner',
      referenceKind: 'baseline',
      reach: { of: 'ours', bound: 'at most', value },
    });
  return [
    rowOf(samples.get('three engines', rate), samples.get('one engine', rate), {
      name: 'three engines, two thirds of the clients elsewhere',
      unit: 'commands/s',
      referenceName: 'one engine, the same machine',
      referenceKind: 'baseline',
      reach: { of: 'ratio', bound: 'at least', value: reach.ratioMin },
    }),
    hop('p50', [remote50, local50], reach.added50Max),
    hop('p99', [remote99, local99], reach.added99Max),
    rowOf(half(cpu), samples.get('one at half rate', cpu), {
      name: 'CPU of engines and nats-server at half load',
      unit: 'µs an event',
      referenceName: 'one engine',
      referenceKind: 'baseline',
    }),
  ];
}

const notes = [
  `${clients} clients (ws) in one process, each with a session that is begun at one engine; of three engines each third of the clients follows its session at its owner, at the next engine and at the last one.`,
  'A command begins a turn of four thoughts; from sending to its acknowledgement, which is its stored frame. At full load a client sends the next one when the turn has ended.',
  'One nats-server with TLS; one PostgreSQL, with a database for each side; all of it, and the clients, on the same machine. Sides are measured in turns.',
  'Both sides at half load have the rate that is half of what three engines take at full load.',
];

type Side = 'one' | 'three';
type Measured = { result: ClusterLoadResult; engineCpuMs: number };

async function openStage(nats: MeasuredNats, { checkout }: ScenarioOptions) {
  const secret = randomBytes(32).toString('hex');
  const shared = {
    SESSION_SECRET: secret,
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    RECONNECT_GRACE: '1',
    HOST_THREADS: '1',
  };
  const start = (environment: Record<string, string>) =>
    startEngine(checkout, { dropsRows: false, environment: { ...shared, ...environment } });
  const one = await start({});
  const databaseUrl = one.address.databaseUrl;
  const second = new URL(databaseUrl);
  second.pathname = '/lucid_bench_cluster';
  await createDatabase(databaseUrl, 'lucid_bench_cluster');
  const joined = { DATABASE_URL: second.href, CLUSTER_URL: nats.url, CLUSTER_CA: nats.ca };
  const three: RunningEngine[] = [];
  for (const name of ['n1', 'n2', 'n3']) three.push(await start({ ...joined, NODE_NAME: name }));
  const engines: Record<Side, RunningEngine[]> = { one: [one], three };
  const generators = { one: makeGenerator(), three: makeGenerator() };
  const problems: string[] = [];
  for (const side of ['one', 'three'] as const)
    problems.push(
      ...(await generators[side].ask('open', {
        ports: engines[side].map(({ address }) => address.port),
        secret,
        clients,
      })),
    );
  if (problems.length > 0) throw new Error(problems[0]);
  const readCpuMs = async (side: Side) => {
    const used = await Promise.all(engines[side].map(({ process }) => process.ask('usage')));
    return used.reduce((sum, { cpuMs }) => sum + cpuMs, side === 'three' ? await nats.readCpuMs() : 0);
  };
  return {
    async run(side: Side, load: { perSecond?: number; durationMs: number }): Promise<Measured> {
      const before = await readCpuMs(side);
      const result = await generators[side].ask('run', load);
      return { result, engineCpuMs: (await readCpuMs(side)) - before };
    },
    async end() {
      await Promise.all([generators.one.end(), generators.three.end()]);
      await Promise.all(three.map(({ process }) => process.end()));
      await one.process.end();
    },
  };
}

const makeGenerator = () => new Child<ClusterLoadAnswers>('generators/cluster-load.ts');

const figuresOf = ({ result: { commands, events, elapsedMs, cpuMs }, engineCpuMs }: Measured): Figures => ({
  [rate]: (commands / elapsedMs) * 1_000,
  [cpu]: (engineCpuMs / events) * 1_000,
  [generatorCpu]: cpuMs / elapsedMs,
});

/** One engine has no clients elsewhere. */
const delaysOf = ({ localMs, remoteMs }: ClusterLoadResult): Figures => ({
  [local50]: percentile(localMs, 50),
  [local99]: percentile(localMs, 99),
  ...(remoteMs.length > 0 && { [remote50]: percentile(remoteMs, 50), [remote99]: percentile(remoteMs, 99) }),
});

function findPaceProblem({ commands, elapsedMs }: ClusterLoadResult, perSecond: number): string[] {
  const sent = (commands / elapsedMs) * 1_000;
  return sent < pacedRatioMin * perSecond
    ? [`At half load ${Math.round(sent)} commands/s were sent, not ${Math.round(perSecond)}.`]
    : [];
}
