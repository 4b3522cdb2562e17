// Clients that stay, clients that come and go, and reconnects, for hours: nothing may grow.
import { setTimeout as delay } from 'node:timers/promises';
import { Stage } from '../chaos-stage.ts';
import { Crowd } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';
import { formatMegabytes, type Watch, watchProcess } from '../process-reading.ts';
import { growthPerMinute, type Sample } from '../slope.ts';

const growthBytesMax = 1024 ** 2;
const descriptorsGrowthMax = 1;
/** The times are so short that sessions that have come and gone are forgotten within the measurement. */
const environment = { RECONNECT_GRACE: '5', HIBERNATE_AFTER: '10' };

/** Staying clients send little, since a session's transcript grows with each message, up to its bound. */
const staying = { clients: 10, perSecond: 0.02 };
/** Other clients work for a minute, group after group, so that their number stays the same. */
const working = { groups: 4, clients: 5, perSecond: 0.5, visitsMax: 60 };

/** Growth isn't judged where `settledAfterMs` is undefined, since the run ends before memory is level. */
type Size = { durationMs: number; settledAfterMs: number | undefined };

export const mixedLoad = makeFault<Size>({
  whole: { durationMs: 600_000, settledAfterMs: 120_000 },
  quick: { durationMs: 20_000, settledAfterMs: undefined },
  title: ({ durationMs }) =>
    `${durationMs < 60_000 ? `${durationMs / 1_000} s` : `${durationMs / 60_000} minutes`} of mixed load`,
  reach: ({ settledAfterMs }) =>
    settledAfterMs === undefined
      ? '0 lost, 0 doubled; growth needs a whole run'
      : `RSS and descriptors level: ≤ 1 MB/min and ≤ 1 descriptor/min after the first ${settledAfterMs / 60_000} minutes`,
  run: runMixedLoad,
});

async function runMixedLoad({ durationMs, settledAfterMs }: Size, options: FaultOptions): Promise<Finding> {
  const { random, progress } = options;
  const stage = await Stage.open({ environment });
  try {
    const stayed = await Crowd.start({ url: stage.ws, clients: staying.clients, random, name: 'staying' });
    stayed.startLoad(staying.perSecond, random);
    const workers = new Workers(stage, options);
    const watch = watchProcess(stage.engine.pid, 1_000);
    const startedAtMs = performance.now();
    for (let visit = 1; performance.now() - startedAtMs < durationMs; visit++) {
      if (visit % 10 === 0) progress(`${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
      if (visit % (working.visitsMax / working.groups) === 1) await workers.replaceOldest();
      await visitOnce(stage, visit, options);
      stayed.clients[random.between(0, stayed.clients.length - 1)]?.jump();
    }
    watch.end();
    const violations = [...(await judgeCrowd(stayed, stage.databaseUrl)), ...(await workers.endAllGroups())];
    if (settledAfterMs === undefined) return { measured: `${workers.groups} groups of clients`, violations };
    return findingOf(watch, startedAtMs + settledAfterMs, violations);
  } finally {
    await stage.close();
  }
}

/** The oldest group of clients leaves when the next one comes. */
class Workers {
  readonly #stage: Stage;
  readonly #options: FaultOptions;
  readonly #present: Crowd[] = [];
  readonly #violations: string[] = [];
  groups = 0;

  constructor(stage: Stage, options: FaultOptions) {
    this.#stage = stage;
    this.#options = options;
  }

  async replaceOldest(): Promise<void> {
    const { random } = this.#options;
    if (this.#present.length === working.groups) await this.#endOldest();
    const name = `working-${++this.groups}`;
    const crowd = await Crowd.start({ url: this.#stage.ws, clients: working.clients, random, name });
    crowd.startLoad(working.perSecond, random);
    this.#present.push(crowd);
  }

  /** @returns the violations of all groups */
  async endAllGroups(): Promise<string[]> {
    while (this.#present.length > 0) await this.#endOldest();
    return this.#violations;
  }

  async #endOldest(): Promise<void> {
    const oldest = this.#present.shift();
    if (oldest) this.#violations.push(...(await judgeCrowd(oldest, this.#stage.databaseUrl)));
  }
}

/** A few clients begin sessions, send a message, and leave. */
async function visitOnce(stage: Stage, visit: number, { random }: FaultOptions): Promise<void> {
  const visitors = await Crowd.start({ url: stage.ws, clients: 5, random, name: `visitor-${visit}` });
  for (const client of visitors.clients) client.sendCommand();
  await delay(1_000);
  await visitors.leave();
}

function findingOf(watch: Watch, sinceMs: number, violations: string[]): Finding {
  const settled = (samples: readonly Sample[]) => samples.filter(({ atMs }) => atMs >= sinceMs);
  const bytes = growthPerMinute(settled(watch.rssBytes));
  const descriptors = growthPerMinute(settled(watch.descriptors));
  return {
    measured: `RSS ${formatMegabytes(bytes)}/min, at ${formatMegabytes(watch.rssBytes.at(-1)?.value ?? 0)} in the end; descriptors ${descriptors.toFixed(2)}/min`,
    violations: [
      ...violations,
      ...violationUnless(bytes <= growthBytesMax, `RSS grew by ${formatMegabytes(bytes)}/min`),
      ...violationUnless(descriptors <= descriptorsGrowthMax, `descriptors grew by ${descriptors.toFixed(2)}/min`),
    ],
  };
}
