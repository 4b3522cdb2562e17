// The queue of streams that have something to deliver (pg-boss): one engine at a time has a stream, and a host is asked by few.
import { PgBoss } from 'pg-boss';
import * as v from 'valibot';
import { driverUrlOf, readTlsOptions } from '../../actors/persistence/connection-options.ts';
import { parseDatabaseUrl } from '../../actors/persistence/database-url.ts';
import type { Stream } from './delivery-store.ts';

/** Of its own: what is there can be made anew from deliveries at any time. */
const queueSchema = 'lucid_queue';
const queueName = 'streams';

/** Streams to one host at a time, over all engines: a slow one can't have all, and a small one isn't flooded. */
export const hostStreamsMax = 8;
/** A stream is somebody else's after so long: a turn of 5 s, its last try of 10 s, and what PostgreSQL takes. */
const streamExpiresS = 25;
/** How often streams of engines that died are looked for. */
const expiryLookS = 5;
/** What is finished stays for a moment; removed it is with this interval. */
const finishedKeptS = 60;
const removeIntervalS = 600;
/** A stream that is given up so often waits for the sweep of lost ones. */
const retriesMax = 100;
const statementTimeoutMs = 15_000;

const StreamData = v.object({ webhookId: v.string(), stream: v.string() });

export type QueuedStream = Stream & { host: string };
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
    const jobs = streams.map(({ webhookId, stream, host }) => ({
      data: { webhookId, stream },
      singletonKey: `${webhookId}/${stream}`,
      group: { id: host || webhookId },
    }));
    await this.#boss.insert(queueName, jobs);
  }

  /** Whoever takes a stream finishes it, or gives it back. */
  async take(count: number): Promise<TakenStream[]> {
    const jobs = await this.#boss.fetch(queueName, { batchSize: count, groupConcurrency: hostStreamsMax });
    return jobs.map(({ id, data }) => ({ jobId: id, ...v.parse(StreamData, data) }));
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
