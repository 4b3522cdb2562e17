// What users do with their webhooks; and the thread that delivers, started once there is any webhook.
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Delivery, DeliveryState, Webhook } from '../../schema/protocol/routes/webhooks.ts';
import { disabledType, type WebhookEventType } from '../../schema/protocol/webhooks/webhook-events.ts';
import { formatTime } from '../../schema/rules/text.ts';
import type { WebhookRules } from '../../schema/thread.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import type { Sealing } from '../secrets/sealing.ts';
import { deleteWebhook } from './queries/delete-webhook.ts';
import type { DeliveryRow } from './queries/delivery-columns.ts';
import { insertWebhook } from './queries/insert-webhook.ts';
import { resetDeliveries } from './queries/reset-deliveries.ts';
import { selectDeliveries } from './queries/select-deliveries.ts';
import { selectAnyWebhook, selectWebhook, selectWebhooks } from './queries/select-webhooks.ts';
import type { WebhookRow } from './queries/webhook-columns.ts';
import { checkTarget } from './target.ts';
import type { WebhookLink } from './webhook-link.ts';
import { makeSecret, sealWebhook } from './webhook-secret.ts';

/** How soon this engine notices a webhook that was made at another one, for when that one is gone. */
const lookIntervalMs = 10_000;

export type WebhooksDependencies = {
  queries: ReadQueries & WriteQueries;
  sealing: Sealing;
  rules: WebhookRules;
  link: Pick<WebhookLink, 'start' | 'wake' | 'close'>;
  now(): number;
};

export type AskedWebhook = { url: string; events: readonly WebhookEventType[]; secret?: string | null | undefined };

export class Webhooks {
  readonly #dependencies: WebhooksDependencies;
  #looking: NodeJS.Timeout | undefined;

  constructor(dependencies: WebhooksDependencies) {
    this.#dependencies = dependencies;
  }

  /** Looks whether there is a webhook, now and until there is one. */
  start(): void {
    this.#looking = setInterval(() => void this.#look(), lookIntervalMs);
    this.#looking.unref();
    void this.#look();
  }

  /** Deliveries may have been stored. */
  wake(): void {
    this.#dependencies.link.wake();
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#dependencies.link.close();
  }

  async create(userId: string, asked: AskedWebhook): Promise<Outcome<Webhook & { secret: string }>> {
    const { queries, sealing, rules, now } = this.#dependencies;
    const target = checkTarget(asked.url, rules);
    if (!target.ok) return target;
    const { shownUrl } = target.value;
    const [id, secret] = [uuid(), asked.secret ?? makeSecret()];
    const sealed = await sealWebhook(sealing, id, { url: asked.url, secret });
    if (sealed === undefined) return noEncryptionKey;
    const events = [...new Set(asked.events)];
    const made = await queries.maybeOne(insertWebhook({ id, userId, shownUrl, events, sealed, createdAtMs: now() }));
    if (!made) return tooManyWebhooks;
    this.#startDelivering();
    return succeeded({ ...webhookOf(made), secret });
  }

  async list(userId: string): Promise<Webhook[]> {
    const rows = await this.#dependencies.queries.any(selectWebhooks(userId));
    return rows.map(webhookOf);
  }

  async remove(userId: string, id: string): Promise<Outcome<undefined>> {
    const gone = await this.#dependencies.queries.maybeOne(deleteWebhook(userId, id));
    return gone ? succeeded(undefined) : noSuchWebhook;
  }

  async listDeliveries(
    userId: string,
    id: string,
    page: { limit: number; state?: DeliveryState | undefined },
  ): Promise<Outcome<Delivery[]>> {
    const { queries } = this.#dependencies;
    if (!(await queries.maybeOne(selectWebhook(userId, id)))) return noSuchWebhook;
    const rows = await queries.any(selectDeliveries(id, page));
    return succeeded(rows.map(deliveryOf));
  }

  /** @param deliveryId null for all that failed @returns how many are delivered again */
  async redeliver(userId: string, id: string, deliveryId: string | null): Promise<Outcome<number>> {
    const { isThere, deliveries } = await this.#dependencies.queries.one(resetDeliveries(userId, id, deliveryId));
    if (!isThere) return noSuchWebhook;
    if (deliveryId !== null && deliveries === 0) return noSuchDelivery;
    this.#startDelivering();
    return succeeded(deliveries);
  }

  async #look(): Promise<void> {
    const { queries } = this.#dependencies;
    const isAny = await queries.exists(selectAnyWebhook).catch(() => false); // It is asked again.
    if (isAny) this.#startDelivering();
  }

  #startDelivering(): void {
    clearInterval(this.#looking);
    this.#dependencies.link.start();
    this.wake();
  }
}

const noSuchWebhook = failed('noSuchWebhook', 'There is no webhook of yours with that id.');
const noSuchDelivery = failed('noSuchDelivery', 'The webhook has no delivery with that id, or not any more.');
const tooManyWebhooks = failed(
  'tooManyWebhooks',
  `You have ${limits.webhooksPerUserMax} webhooks, as many as anybody may: delete one first.`,
);
const noEncryptionKey = failed(
  'noEncryptionKey',
  'The secret of a webhook can be kept only sealed: the operator has to set ENCRYPTION_KEY.',
);

const webhookOf = ({ id, shownUrl, events, createdAtMs, disabledAtMs, disabledReason }: WebhookRow): Webhook => ({
  id,
  url: shownUrl,
  events,
  state: disabledAtMs === null ? 'active' : 'disabled',
  createdAt: formatTime(createdAtMs),
  disabledAt: timeOf(disabledAtMs),
  disabledReason,
});

const deliveryOf = ({ eventId, stream, occurredAtMs, lastTriedAtMs, nextAtMs, ...row }: DeliveryRow): Delivery => ({
  id: eventId,
  type: row.type,
  sessionId: row.type === disabledType ? null : stream,
  sequence: row.sequence,
  occurredAt: formatTime(occurredAtMs),
  state: row.state,
  attempts: row.attempts,
  lastTriedAt: timeOf(lastTriedAtMs),
  nextTryAt: timeOf(nextAtMs),
  status: row.status,
  problem: row.problem,
});

const timeOf = (ms: number | null): string | null => (ms === null ? null : formatTime(ms));
