// Delivers what waits in one stream, in order: what comes behind a delivery that fails waits with it.
import { v7 as uuid } from 'uuid';
import type { Upstream } from '../../sandbox/git/upstream.ts';
import { formatTime } from '../../schema/rules/text.ts';
import type { WebhookRules } from '../../schema/thread.ts';
import type { Log } from '../log.ts';
import type { Sealing } from '../secrets/sealing.ts';
import type { DeliveryStore, Stream } from './delivery-store.ts';
import { chooseNextTry } from './next-try.ts';
import { postDelivery, type Result } from './post-delivery.ts';
import type { NextDelivery } from './queries/select-next-delivery.ts';
import { checkTarget, type Target } from './target.ts';
import { openWebhook } from './webhook-secret.ts';

/** After so long others get their turn; with the last try it stays below `turnMsMax`. */
const streamTurnMs = 5_000;

export type StreamDependencies = {
  store: DeliveryStore;
  sealing: Sealing;
  upstream: Pick<Upstream, 'ask'>;
  rules: WebhookRules;
  log: Pick<Log, 'warn'>;
  onTried(outcome: 'taken' | 'failed'): void;
  now(): number;
  random(): number;
  ending: AbortSignal;
};

type Receiver = { userId: string; target: Target; secret: string };

/** @throws where PostgreSQL is away: the queue gives the stream to somebody again */
export async function deliverStream(stream: Stream, dependencies: StreamDependencies): Promise<void> {
  const { store, now, ending } = dependencies;
  const endMs = now() + streamTurnMs;
  let receiver: Receiver | undefined;
  while (!ending.aborted) {
    const next = await store.findNext(stream);
    if (!next || (next.nextAtMs ?? 0) > now()) return;
    if (now() >= endMs) return store.requeue(stream);
    receiver ??= await findReceiver(stream, dependencies);
    if (!receiver || !(await tryDelivery(stream, next, receiver, dependencies))) return;
  }
}

/** @returns undefined where there is none any more, and nothing waits for it then */
async function findReceiver(
  stream: Stream,
  { store, sealing, rules }: StreamDependencies,
): Promise<Receiver | undefined> {
  const found = await store.findTarget(stream.webhookId);
  const fail = async (problem: string) => void (await store.failStream(stream, problem));
  if (!found) return void (await store.removeStream(stream));
  if (found.isDisabled) return void (await fail('The webhook was disabled.'));
  const secrets = await openWebhook(sealing, stream.webhookId, found.sealed);
  if (!secrets) return void (await fail('ENCRYPTION_KEY does not open what the webhook keeps: create it anew.'));
  const target = checkTarget(secrets.url, rules);
  if (!target.ok) return void (await fail(target.failure.detail));
  return { userId: found.userId, target: target.value, secret: secrets.secret };
}

/** @returns whether it was taken */
async function tryDelivery(
  { webhookId }: Stream,
  next: NextDelivery,
  { userId, target, secret }: Receiver,
  { store, upstream, log, onTried, now, random, ending }: StreamDependencies,
): Promise<boolean> {
  const startedMs = now();
  const body = bodyOf(next, userId);
  const { eventId } = next;
  const result = await postDelivery(upstream, { target, secret, eventId, body, nowMs: startedMs, ending });
  if (result.kind === 'cut') return false;
  onTried(result.kind);
  const tried = { webhookId, eventId, status: result.status, nowMs: now(), isQuick: result.isQuick };
  if (result.kind === 'taken') {
    await store.noteDelivered({ ...tried, problem: null });
    return true;
  }
  const { problem } = result;
  const nextAtMs = chooseNext(result, { next, startedMs, nowMs: tried.nowMs, random: random() });
  if (nextAtMs !== undefined) {
    await store.noteTried({ ...tried, problem }, { startedMs, nextAtMs });
    return false;
  }
  const reason = result.status === gone ? problem : `Nothing was taken for 24 hours. ${problem}`;
  await store.disable({ ...tried, problem }, { disabledId: uuid(), reason });
  log.warn('webhook.disabled', { webhook: webhookId, user: userId, reason });
  return false;
}

/** HTTP's word for "never again". */
const gone = 410;

function chooseNext(
  { status }: Extract<Result, { kind: 'failed' }>,
  { next, startedMs, nowMs, random }: { next: NextDelivery; startedMs: number; nowMs: number; random: number },
): number | undefined {
  if (status === gone) return undefined;
  const firstTriedAtMs = next.firstTriedAtMs ?? startedMs;
  return chooseNextTry({ attempts: next.attempts + 1, firstTriedAtMs, nowMs, random });
}

/** The same bytes on every try. */
function bodyOf({ type, data, occurredAtMs }: NextDelivery, userId: string): string {
  const told = JSON.parse(data) as object;
  return JSON.stringify({ type, timestamp: formatTime(occurredAtMs), data: { ...told, userId } });
}
