// Clients that stop reading, among others who go on: the others notice nothing, and they themselves miss nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { Crowd } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

const latencyP99MsMax = 250;
/**
 * Few commands, each as large as a frame's content gets, of a character that is six bytes in JSON: 12 KB on the wire for
 * 2 KB in PostgreSQL. The kernel takes some 4 MB for one who doesn't read (measured on loopback), the engine one more.
 */
const client = { commandChars: 2_000, commandFiller: '\u0001', unansweredMax: 5_000, isPersistent: true };
/** As of an engine that is not set for tests: several commands are read in one turn. */
const environment = { MOCK_STEP_DELAY_MS: '150' };

type Scale = {
  silentClients: number;
  readers: number;
  /** Commands of each. */
  silentPerSecond: number;
  readerPerSecond: number;
  /** The same load while all of them read: what the machine carries without any silence. */
  beforeMs: number;
  silenceMs: number;
};

const whole: Scale = {
  silentClients: 50,
  readers: 450,
  silentPerSecond: 10,
  readerPerSecond: 0.2,
  beforeMs: 20_000,
  silenceMs: 60_000,
};
const quick: Scale = {
  silentClients: 4,
  readers: 46,
  silentPerSecond: 100,
  readerPerSecond: 1,
  beforeMs: 3_000,
  silenceMs: 6_000,
};

export const silentReaders: Fault = {
  title: "50 clients that don't read, among 500",
  reach: "the others' p99 ≤ 250 ms; the 50 return and miss nothing",
  run,
};

async function run({ isQuick, random, progress }: FaultOptions): Promise<Finding> {
  const { silentClients, readers, silentPerSecond, readerPerSecond, beforeMs, silenceMs } = isQuick ? quick : whole;
  const stage = await Stage.open({ environment });
  try {
    const silent = await Crowd.start({ url: stage.ws, clients: silentClients, random, client, name: 'silent' });
    const reading = await Crowd.start({ url: stage.ws, clients: readers, random, name: 'reading' });
    silent.load(silentPerSecond, random);
    reading.load(readerPerSecond, random);
    await delay(beforeMs);
    const before = latenciesOf(reading);
    for (const each of silent.clients) each.pause();
    progress(`${silentClients} don't read for ${silenceMs} ms`);
    await delay(silenceMs);
    const during = latenciesOf(reading);
    const closedSlow = await slowClosesOf(stage.http);
    reading.rest();
    silent.rest();
    for (const each of silent.clients) each.resume();
    const violations = [...(await judge(silent, stage.databaseUrl)), ...(await judge(reading, stage.databaseUrl))];
    return {
      measured: `the others' p99 ${during.p99Ms.toFixed(0)} ms over ${during.commands} commands, ${before.p99Ms.toFixed(0)} ms before the silence; ${closedSlow} closes with 4008 for ${silentClients} silent clients, ${silent.tally.reconnects} returns`,
      violations: [
        ...violations,
        ...unless(during.p99Ms <= latencyP99MsMax, `the others' p99 was ${during.p99Ms.toFixed(0)} ms`),
        ...unless(closedSlow > 0, 'nobody was closed with 4008, so nothing was shown'),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** How long acknowledgements have taken since this was asked last. */
function latenciesOf({ tally }: Crowd): { commands: number; p99Ms: number } {
  const { latenciesMs } = tally;
  tally.latenciesMs = [];
  const p99Ms = latenciesMs.length > 0 ? percentile(latenciesMs, 99) : Number.POSITIVE_INFINITY;
  return { commands: latenciesMs.length, p99Ms };
}

async function slowClosesOf(http: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(/^lucid_sockets_closed_slow_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
