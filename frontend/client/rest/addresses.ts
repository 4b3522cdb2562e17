// Where each route is. The declarations themselves stay at the engine, with all that checks by them; the compiler compares.

import type { Routes } from '../../../schema/protocol/routes.ts';
import type { RouteName } from './call-types.ts';

type Address<Name extends RouteName> = {
  method: Routes[Name]['method'];
  path: Routes[Name]['path'];
  /** Present where the route takes an Idempotency-Key, and only there. */
  isKeyed?: true;
} & (Routes[Name] extends { headers: { entries: { 'Idempotency-Key': unknown } } } ? { isKeyed: true } : unknown);

export const addresses = {
  listModels: { method: 'get', path: '/api/v1/models' },
  createSession: { method: 'post', path: '/api/v1/sessions', isKeyed: true },
  listSessions: { method: 'get', path: '/api/v1/sessions' },
  readSession: { method: 'get', path: '/api/v1/sessions/{id}' },
  readResources: { method: 'get', path: '/api/v1/sessions/{id}/resources' },
  stopSession: { method: 'delete', path: '/api/v1/sessions/{id}' },
  sendMessage: { method: 'post', path: '/api/v1/sessions/{id}/messages', isKeyed: true },
  sendAnswer: { method: 'post', path: '/api/v1/sessions/{id}/answers', isKeyed: true },
  sendDecision: { method: 'post', path: '/api/v1/sessions/{id}/decisions', isKeyed: true },
  interruptSession: { method: 'post', path: '/api/v1/sessions/{id}/interrupt', isKeyed: true },
  readEvents: { method: 'get', path: '/api/v1/sessions/{id}/events' },
  createShare: { method: 'post', path: '/api/v1/sessions/{id}/shares' },
  listShares: { method: 'get', path: '/api/v1/sessions/{id}/shares' },
  deleteShare: { method: 'delete', path: '/api/v1/sessions/{id}/shares/{shareId}' },
  readShare: { method: 'get', path: '/api/v1/share' },
  listChats: { method: 'get', path: '/api/v1/chats' },
  readChat: { method: 'get', path: '/api/v1/chats/{id}' },
  readMessages: { method: 'get', path: '/api/v1/chats/{id}/messages' },
  renameChat: { method: 'patch', path: '/api/v1/chats/{id}' },
  deleteChat: { method: 'delete', path: '/api/v1/chats/{id}' },
  exportChat: { method: 'get', path: '/api/v1/chats/{id}/export' },
  forkChat: { method: 'post', path: '/api/v1/chats/{id}/fork', isKeyed: true },
  listFiles: { method: 'get', path: '/api/v1/files/list' },
  readFile: { method: 'get', path: '/api/v1/files/read' },
  writeFile: { method: 'post', path: '/api/v1/files/write' },
  uploadFile: { method: 'post', path: '/api/v1/files/upload' },
  readArchive: { method: 'get', path: '/api/v1/sessions/{id}/archive' },
  listChanges: { method: 'get', path: '/api/v1/sessions/{id}/changes' },
  readDiff: { method: 'get', path: '/api/v1/sessions/{id}/changes/diff' },
  createWebhook: { method: 'post', path: '/api/v1/webhooks' },
  listWebhooks: { method: 'get', path: '/api/v1/webhooks' },
  deleteWebhook: { method: 'delete', path: '/api/v1/webhooks/{id}' },
  listDeliveries: { method: 'get', path: '/api/v1/webhooks/{id}/deliveries' },
  readSignIn: { method: 'get', path: '/console/session' },
  signIn: { method: 'post', path: '/console/session' },
  signOut: { method: 'delete', path: '/console/session' },
  redeliver: { method: 'post', path: '/api/v1/webhooks/{id}/redeliver' },
  listAllSessions: { method: 'get', path: '/api/v1/admin/sessions' },
  stopAnySession: { method: 'post', path: '/api/v1/admin/sessions/{id}/stop' },
  listUsers: { method: 'get', path: '/api/v1/admin/users' },
  endSignIns: { method: 'delete', path: '/api/v1/admin/users/{id}/sign-ins' },
  readCosts: { method: 'get', path: '/api/v1/admin/costs' },
  readEngine: { method: 'get', path: '/api/v1/admin/engine' },
  sampleMetrics: { method: 'get', path: '/api/v1/admin/metrics' },
  listEngines: { method: 'get', path: '/api/v1/admin/engines' },
  drainEngine: { method: 'post', path: '/api/v1/admin/engines/{id}/drain' },
  undrainEngine: { method: 'post', path: '/api/v1/admin/engines/{id}/undrain' },
  beginDrain: { method: 'post', path: '/api/v1/admin/drain' },
  cancelDrain: { method: 'post', path: '/api/v1/admin/undrain' },
} as const satisfies { [Name in RouteName]?: Address<Name> };

export type KnownRoute = keyof typeof addresses;
