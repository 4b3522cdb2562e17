// What a webhook must keep and nobody else may read: its secret, and its URL with the password. Sealed for its row.
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { Sealing } from '../secrets/sealing.ts';

export type WebhookSecrets = { url: string; secret: string };

const secretBytes = 32;
const Kept = v.object({ url: v.string(), secret: v.string() });

/** As the Standard Webhooks specification writes one. */
export const makeSecret = (): string => `whsec_${randomBytes(secretBytes).toString('base64')}`;

/** @returns undefined where there is no ENCRYPTION_KEY */
export const sealWebhook = (sealing: Sealing, id: string, secrets: WebhookSecrets): Promise<string | undefined> =>
  sealing.sealText(id, JSON.stringify(secrets));

/** @returns undefined where it was sealed under another ENCRYPTION_KEY */
export async function openWebhook(sealing: Sealing, id: string, sealed: string): Promise<WebhookSecrets | undefined> {
  const text = await sealing.openText(id, sealed);
  return text === undefined ? undefined : v.parse(Kept, JSON.parse(text));
}
