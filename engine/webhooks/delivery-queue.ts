// The queue of streams that have something to deliver (pg-boss): one engine at a time has a stream, and a user few at a time.
import { PgBoss } from 'pg-boss';
import * as v from 'valibot';
import { driverUrlOf, readTlsOptions } from '../../actors/persistence/connection-options.ts';
import { parseDatabaseUrl } from '../../actors/persistence/database-url.ts';
import type { Stream } from './delivery-store.ts';
import { type Pace, paceOf, paces, userStreamsMax } from './pace.ts';

/** Of its own: what is there can be made anew from deliveries at any time. */
const queueSchema = 'lucid_queue';
const queueName = 'streams';

/** How long whoever has taken a stream may have it: a turn of 5 s, its last try of 10 s, and what PostgreSQL takes. */
export const turnMsMax = 20_000;
/** A stream is somebody else's after so long: its turn has ended by then, whatever it hung at. */
const streamExpiresS = 25;
/** How often streams of engines that died are looked for. */
const expiryLookS = 5;
/** What is finished stays for a moment; removed it is with this interval. */
const finishedKeptS = 60;
const removeIntervalS = 600;
/** A stream that is given up so often waits for the sweep of lost ones. */
const retriesMax = 100;
const statementTimeoutMs = 15_000;

const StreamData = v.object({ webhookId: v.string(), stream: v.string(), group: v.optional(v.string(), '') });

/** `isQuick`: as its webhook's last try was; `userId` is empty where the webhook is gone. */
export type QueuedStream = Stream & { userId: string; isQuick: boolean | null };
export type TakenStream = Stream & { jobId: string };

export class DeliveryQueue {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /** Makes the queue's tables where they aren't there. @param onError hears what goes wrong in the background */
  static async open(databaseUrl: string, onError: (error: Error) => void): Promise<DeliveryQueue> {
    const parsed = parseDatabaseUrl(databaseUrl);
    if (!parsed.ok) throw new Error(`The database's URL ${parsed.problem}.`);
    const ssl = readTlsOptions(parsed.target);
    const options = {
      connectionString: driverUrlOf(parsed.target),
      ...(ssl && { ssl }),
      max: 2,
      query_timeout: statementTimeoutMs, // Of the driver's: a half-open connection never answers.
      schema: queueSchema,
      schedule: false,
      superviseIntervalSeconds: expiryLookS,
      monitorIntervalSeconds: expiryLookS,
      maintenanceIntervalSeconds: removeIntervalS,
      reindex: false,
      monitorVacuum: false,
      registerInstance: false,
    };
    const boss = new PgBoss(options);
    boss.on('error', onError);
    try {
      await boss.start();
      await boss.createQueue(queueName, {
        policy: 'stately', // A stream waits once at most, and is with one at a time.
        retryLimit: retriesMax,
        expireInSeconds: streamExpiresS,
        deleteAfterSeconds: finishedKeptS,
      });
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw error;
    }
    return new DeliveryQueue(boss);
  }

  /** One that waits already isn't put in again. */
  async put(streams: readonly QueuedStream[]): Promise<void> {
    const jobs = streams.map(({ webhookId, stream, userId, isQuick }) => {
      const pace = paceOf(isQuick);
      const group = `${pace}/${userId || webhookId}`;
      const data = { webhookId, stream, group };
      return { data, singletonKey: `${webhookId}/${stream}`, group: { id: group }, priority: paces.indexOf(pace) };
    });
    await this.#boss.insert(queueName, jobs);
  }

  /**
   * Whoever takes a stream finishes it, or gives it back. pg-boss looks at so many that have waited longest, and then leaves
   * out what is too much for a user: without those who have got theirs it looks again, so that nobody's many hide another's.
   */
  async take(pace: Pace, count: number): Promise<TakenStream[]> {
    const taken: TakenStream[] = [];
    const served = new Set<string>();
    const [priority, groupConcurrency] = [paces.indexOf(pace), userStreamsMax[pace]];
    while (taken.length < count) {
      const jobs = await this.#boss.fetch(queueName, {
        batchSize: count - taken.length,
        minPriority: priority,
        maxPriority: priority,
        groupConcurrency,
        ignoreGroups: [...served],
      });
      if (jobs.length === 0) break;
      for (const { id, data } of jobs) {
        const { group, ...stream } = v.parse(StreamData, data);
        served.add(group);
        taken.push({ jobId: id, ...stream });
      }
    }
    return taken;
  }

  async finish(jobId: string): Promise<void> {
    await this.#boss.complete(queueName, jobId);
  }

  /** For somebody to take it at once. */
  async giveBack(jobId: string): Promise<void> {
    await this.#boss.fail(queueName, jobId);
  }

  close(): Promise<void> {
    return this.#boss.stop({ graceful: false });
  }
}
