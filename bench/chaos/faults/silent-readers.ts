// Clients that stop reading, among others who go on: the others notice nothing, and they themselves miss nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { Crowd, eventually } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

const latencyP99MsMax = 250;
/** As large as a frame's content gets, six bytes each in JSON: 12 KB, so that what the kernel holds for a socket is soon full. */
const client = { commandChars: 2_000, padding: '\u0001', unansweredMax: 5_000 };
/** Agents take a second for a step, as with a model, so that most of the load are the frames. */
const environment = { MOCK_STEP_DELAY_MS: '1000' };
const closedWithinMs = 60_000;

export const silentReaders: Fault = {
  title: "50 clients that don't read, among 500",
  reach: "the others' p99 ≤ 250 ms; the 50 return and miss nothing",
  run,
};

async function run({ isQuick, random, progress }: FaultOptions): Promise<Finding> {
  const [silentClients, readers] = isQuick ? [5, 45] : [50, 450];
  const [perSilent, perReader] = isQuick ? [60, 1] : [10, 0.2];
  const [allReadMs, silenceMs] = isQuick ? [3_000, 8_000] : [15_000, 60_000];
  const stage = await Stage.open({ environment });
  try {
    const silent = await Crowd.start({ url: stage.ws, clients: silentClients, random, client, name: 'silent' });
    const reading = await Crowd.start({ url: stage.ws, clients: readers, random, name: 'reading' });
    silent.load(perSilent, random);
    reading.load(perReader, random);
    await delay(allReadMs);
    const whileAllRead = takeLatencies(reading);
    for (const each of silent.clients) each.pause();
    progress(`${silentClients} don't read for ${silenceMs} ms`);
    await delay(silenceMs);
    await eventually(async () => (await slowClosesOf(stage.http)) >= silentClients, closedWithinMs);
    const closedSlow = await slowClosesOf(stage.http);
    const { p99Ms, count } = takeLatencies(reading);
    reading.rest();
    silent.rest();
    for (const each of silent.clients) each.resume();
    const violations = [...(await judge(silent, stage.databaseUrl)), ...(await judge(reading, stage.databaseUrl))];
    return {
      measured: `the others' p99 ${p99Ms.toFixed(0)} ms over ${count} commands, ${whileAllRead.p99Ms.toFixed(0)} ms while all read; ${closedSlow} of ${silentClients} closed with 4008, ${silent.tally.reconnects} came back`,
      violations: [
        ...violations,
        ...unless(p99Ms <= latencyP99MsMax, `the others' p99 was ${p99Ms.toFixed(0)} ms`),
        ...unless(closedSlow === silentClients, `${closedSlow} of ${silentClients} were closed with 4008`),
        ...unless(silent.tally.reconnects >= silentClients, `only ${silent.tally.reconnects} came back`),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** Of the commands since the last time; without any, nothing is known to be fast. */
function takeLatencies({ tally }: Crowd): { p99Ms: number; count: number } {
  const { latenciesMs } = tally;
  tally.latenciesMs = [];
  const p99Ms = latenciesMs.length > 0 ? percentile(latenciesMs, 99) : Number.POSITIVE_INFINITY;
  return { p99Ms, count: latenciesMs.length };
}

async function slowClosesOf(http: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(/^lucid_sockets_closed_slow_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
