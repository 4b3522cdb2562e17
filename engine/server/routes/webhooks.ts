// REST for webhooks: create, list, delete, see deliveries, deliver again. A user's own only.
import { succeeded } from '../../../schema/error.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { Webhooks } from '../../webhooks/webhooks.ts';
import type { AuditedAct } from '../audit.ts';
import type { AuditRule, Handlers } from './handler.ts';

type WebhookRoutes = Pick<Routes, 'createWebhook' | 'listWebhooks' | 'deleteWebhook' | 'listDeliveries' | 'redeliver'>;

const auditAs = (act: AuditedAct): AuditRule => ({ act, findSubject: ({ parameters: [webhook] }) => ({ webhook }) });

export function makeWebhookHandlers(webhooks: Webhooks): Handlers<WebhookRoutes> {
  return {
    createWebhook: {
      audit: { act: 'webhook.created', findSubject: (_, answer) => ({ webhook: idIn(answer) }) },
      handle: ({ principal, body }) => webhooks.create(principal.userId, body),
    },
    listWebhooks: {
      handle: async ({ principal }) => succeeded({ webhooks: await webhooks.list(principal.userId) }),
    },
    deleteWebhook: {
      audit: auditAs('webhook.deleted'),
      handle: async ({ principal, parameters: { id } }) => {
        const removed = await webhooks.remove(principal.userId, id);
        return removed.ok ? succeeded({ status: 'deleted', id }) : removed;
      },
    },
    listDeliveries: {
      handle: async ({ principal, parameters: { id }, query }) => {
        const listed = await webhooks.listDeliveries(principal.userId, id, query);
        return listed.ok ? succeeded({ deliveries: listed.value }) : listed;
      },
    },
    redeliver: {
      audit: auditAs('webhook.redelivered'),
      handle: async ({ principal, parameters: { id }, body: { deliveryId } }) => {
        const reset = await webhooks.redeliver(principal.userId, id, deliveryId ?? null);
        return reset.ok ? succeeded({ status: 'accepted', deliveries: reset.value }) : reset;
      },
    },
  };
}

const idIn = (answer: unknown): string | undefined =>
  typeof answer === 'object' && answer !== null && 'id' in answer ? String(answer.id) : undefined;
