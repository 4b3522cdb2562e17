// Whole sessions at one size: the engine as it is, with a persistence actor that drops its rows, and a plain implementation.
import { RowCounter } from '../../database.ts';
import { warnOfExhausted } from '../../generator-warnings.ts';
import { type Figures, measureInTurns, rowOf, type ScenarioOptions, type ScenarioResult } from '../../scenario.ts';
import { startEngine } from '../../server/start-engine.ts';
import { waitUntilSettled } from '../../server/wait-until-settled.ts';
import { startPlain } from '../../stand-ins/start-plain.ts';
import {
  figuresOf,
  findProblems,
  generatorCount,
  measureSessions,
  type SessionServer,
  startGenerators,
} from './measure-sessions.ts';

const variants = ['stored', 'dropped', 'plain'] as const;
type Variant = (typeof variants)[number];

const ceilingRatioMin = 0.7;
const alternativeRatioMin = 4;

export async function measureWholeSessions(options: ScenarioOptions): Promise<ScenarioResult> {
  const generators = startGenerators();
  const { servers, end } = await startSessionServers(options.checkout);
  const problems: string[] = [];
  const measureOnce = async (variant: Variant, durationMs: number): Promise<Figures> => {
    const server = servers[variant];
    const measured = await measureSessions(server, generators, { ...options, durationMs });
    problems.push(...findProblems(variant, measured, variant !== 'dropped'));
    if (variant !== 'plain') await waitUntilSettled(server.target.port);
    return figuresOf(measured);
  };
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await measureOnce(variant, options.warmUpMs);
  }
  const samples = await measureInTurns(variants, options, (variant) => measureOnce(variant, options.durationMs));
  await Promise.all([end(), ...generators.map((generator) => generator.end())]);

  const rate = (variant: Variant) => samples.get(variant, 'sessions/s');
  const figure = { name: 'whole mock sessions, stored', unit: 'sessions/s' };
  const rows = [
    rowOf(rate('stored'), rate('dropped'), {
      ...figure,
      referenceName: 'rows dropped',
      referenceKind: 'ceiling',
      reach: { of: 'ratio', bound: 'at least', value: ceilingRatioMin },
    }),
    rowOf(rate('stored'), rate('plain'), {
      ...figure,
      referenceName: 'Fastify + ws + pg',
      referenceKind: 'alternative',
      reach: { of: 'ratio', bound: 'at least', value: alternativeRatioMin },
    }),
  ];
  return {
    rows,
    figures: samples.makeTable(),
    notes: notesOf(options),
    warnings: warnOfExhausted(samples, variants),
    problems,
  };
}

const notesOf = ({ clients, durationMs }: ScenarioOptions) => [
  `${clients} clients (ws) in ${generatorCount} process(es); each round ${durationMs / 1_000} s and until the last session is closed. A JWT for each client, kept through the run.`,
  'Every session saw its sequences 1, 2, 3 … without a gap, and PostgreSQL holds as many rows as clients saw events.',
  'RECONNECT_GRACE is 1 s, or sessions that nobody returns to would fill the memory. All servers run through; one works at a time.',
  'plain: Fastify, @fastify/websocket and pg, the same events by an INSERT each, on the same tables in the same PostgreSQL as stored.',
];

type Servers = { servers: Record<Variant, SessionServer>; end(): Promise<unknown> };

async function startSessionServers(checkout: string): Promise<Servers> {
  const environment = { RECONNECT_GRACE: '1' };
  const [stored, dropped] = await Promise.all([
    startEngine(checkout, { dropsRows: false, environment }),
    startEngine(checkout, { dropsRows: true, environment }),
  ]);
  const plain = await startPlain(stored.address);
  const rows = await RowCounter.open(stored.address.databaseUrl);
  const rowsDropped = await RowCounter.open(dropped.address.databaseUrl);
  const servers: Record<Variant, SessionServer> = {
    stored: { target: stored.address, rows, usage: () => stored.process.ask('usage') },
    dropped: { target: dropped.address, rows: rowsDropped, usage: () => dropped.process.ask('usage') },
    plain: { target: plain.target, rows, usage: () => plain.process.ask('usage') },
  };
  const end = async () => {
    await Promise.all([rows.close(), rowsDropped.close(), plain.process.end()]); // These end before their PostgreSQL does.
    await Promise.all([stored.process.end(), dropped.process.end()]);
  };
  return { servers, end };
}
