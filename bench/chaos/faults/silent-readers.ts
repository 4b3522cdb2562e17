// Clients that stop reading, among others that go on: the others notice nothing, and the silent ones miss nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { Stage } from '../chaos-stage.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

const latencyP99MsMax = 250;
/** The most that a frame's content has, at six bytes a character in JSON: 12 KB soon fill the kernel's buffer. */
const client = { commandChars: 2_000, padding: '\u0001', unansweredMax: 5_000 };
/** Agents take a second for a step, as with a model, so that frames are most of the load. */
const environment = { MOCK_STEP_DELAY_MS: '1000' };
const closedWithinMs = 60_000;

type Size = {
  silentClients: number;
  readers: number;
  /** Commands a second. */
  perSilent: number;
  perReader: number;
  allReadMs: number;
  silenceMs: number;
};

export const silentReaders = makeFault<Size>({
  whole: { silentClients: 50, readers: 450, perSilent: 10, perReader: 0.2, allReadMs: 15_000, silenceMs: 60_000 },
  quick: { silentClients: 5, readers: 45, perSilent: 60, perReader: 1, allReadMs: 3_000, silenceMs: 8_000 },
  title: ({ silentClients, readers }) => `${silentClients} clients that don't read, among ${silentClients + readers}`,
  reach: ({ silentClients }) => `the others' p99 ≤ 250 ms; the ${silentClients} return and miss nothing`,
  run: runSilentReaders,
});

async function runSilentReaders(size: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const { silentClients, readers, perSilent, perReader, allReadMs, silenceMs } = size;
  const stage = await Stage.open({ environment });
  try {
    const silent = await Crowd.start({ url: stage.ws, clients: silentClients, random, client, name: 'silent' });
    const reading = await Crowd.start({ url: stage.ws, clients: readers, random, name: 'reading' });
    silent.startLoad(perSilent, random);
    reading.startLoad(perReader, random);
    await delay(allReadMs);
    const whileAllRead = takeLatencies(reading);
    for (const each of silent.clients) each.pause();
    progress(`${silentClients} don't read for ${silenceMs} ms`);
    await delay(silenceMs);
    await waitUntil(async () => (await readSlowCloses(stage.http)) >= silentClients, closedWithinMs);
    const closedSlow = await readSlowCloses(stage.http);
    const { p99Ms, count } = takeLatencies(reading);
    reading.stopLoad();
    silent.stopLoad();
    for (const each of silent.clients) each.resume();
    const violations = [
      ...(await judgeCrowd(silent, stage.databaseUrl)),
      ...(await judgeCrowd(reading, stage.databaseUrl)),
    ];
    return {
      measured: `the others' p99 ${p99Ms.toFixed(0)} ms over ${count} commands, ${whileAllRead.p99Ms.toFixed(0)} ms while all read; ${closedSlow} of ${silentClients} closed with 4008, ${silent.tally.reconnects} came back`,
      violations: [
        ...violations,
        ...violationUnless(p99Ms <= latencyP99MsMax, `the others' p99 was ${p99Ms.toFixed(0)} ms`),
        ...violationUnless(closedSlow === silentClients, `${closedSlow} of ${silentClients} were closed with 4008`),
        ...violationUnless(silent.tally.reconnects >= silentClients, `only ${silent.tally.reconnects} came back`),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** Commands since the last call count; where there were none, nothing is known to be fast. */
function takeLatencies({ tally }: Crowd): { p99Ms: number; count: number } {
  const { latenciesMs } = tally;
  tally.latenciesMs = [];
  const p99Ms = latenciesMs.length > 0 ? percentile(latenciesMs, 99) : Number.POSITIVE_INFINITY;
  return { p99Ms, count: latenciesMs.length };
}

async function readSlowCloses(http: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(/^lucid_sockets_closed_slow_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
