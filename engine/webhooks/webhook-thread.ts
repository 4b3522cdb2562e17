// The entry of the thread that delivers to webhooks, until it is told to end: whatever receivers do, no frame waits for it.
import { flushCompileCache } from 'node:module';
import type { DatabasePool } from 'slonik';
import { openPoolOnceThere } from '../../actors/persistence/database-pool.ts';
import { Upstream } from '../../sandbox/git/upstream.ts';
import { limits } from '../../schema/limits.ts';
import type { MainToWebhooks, WebhooksToMain, WebhookThreadData } from '../../schema/thread.ts';
import type { Log } from '../log.ts';
import { Sealing } from '../secrets/sealing.ts';
import { DeliveryQueue, turnMsMax } from './delivery-queue.ts';
import { DeliveryStore } from './delivery-store.ts';
import { DeliveryWorker } from './delivery-worker.ts';

const connectionsMax = 3;

export async function runWebhookThread(data: WebhookThreadData): Promise<void> {
  flushCompileCache(); // Node would do so at the end, which may be a `kill -9`.
  const tell = (message: WebhooksToMain) => data.mainThread.postMessage(message);
  const log: Pick<Log, 'warn'> = {
    warn: (event, fields = {}) => tell({ kind: 'log', entry: { level: 'warn', event, fields } }),
  };
  const options = {
    connectionsMax,
    statementTimeoutMs: limits.databaseWriteTimeoutMs,
    onError: () => undefined, // The statement that fails says so itself.
  };
  const pool = await openPoolOnceThere(data.databaseUrl, options, (reason) =>
    log.warn('database.awaited', { thread: 'webhooks', reason }),
  );
  try {
    await deliver({ pool, log, data, tell });
  } finally {
    await pool.end();
    data.mainThread.close();
  }
}

type Delivering = {
  pool: DatabasePool;
  log: Pick<Log, 'warn'>;
  data: WebhookThreadData;
  tell(message: WebhooksToMain): void;
};

async function deliver({ pool, log, data, tell }: Delivering): Promise<void> {
  const { mainThread, databaseUrl, encryptionKey, rules, proxies } = data;
  const queue = await DeliveryQueue.open(databaseUrl, (error) =>
    log.warn('webhooks.failed', { reason: error.message }),
  );
  const worker = new DeliveryWorker({
    store: new DeliveryStore(pool),
    queue,
    sealing: new Sealing(encryptionKey),
    upstream: new Upstream({ allowed: rules.allowedHosts, proxies }),
    rules,
    log,
    turnMsMax,
    onTried: (outcome) => tell({ kind: 'tried', outcome }),
    now: Date.now,
    random: Math.random,
  });
  mainThread.on('message', ({ kind }: MainToWebhooks) => (kind === 'wake' ? worker.wake() : worker.end()));
  await worker.run();
  await queue.close();
}
