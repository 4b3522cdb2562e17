// Every REST route, by the name of its operation; the server and the OpenAPI document are made from this list.
import type { RouteDeclaration } from './route.ts';
import {
  beginDrain,
  cancelDrain,
  endSignIns,
  listAllSessions,
  listUsers,
  readCosts,
  readEngine,
  sampleMetrics,
  stopAnySession,
} from './routes/admin.ts';
import { drainEngine, listEngines, undrainEngine } from './routes/admin-engines.ts';
import { listChanges, readArchive, readDiff } from './routes/changes.ts';
import { deleteChat, exportChat, forkChat, listChats, readChat, readMessages, renameChat } from './routes/chats.ts';
import { checkHealth, checkReadiness, readAsyncApi, readMetrics, readOpenApi, readStatus } from './routes/engine.ts';
import { readEvents } from './routes/events.ts';
import { listFiles, readFile, uploadFile, writeFile } from './routes/files.ts';
import { listModels } from './routes/models.ts';
import {
  createSession,
  interruptSession,
  listSessions,
  readResources,
  readSession,
  sendMessage,
  stopSession,
} from './routes/sessions.ts';
import { createShare, deleteShare, listShares, readShare } from './routes/shares.ts';
import { beginSignIn, finishSignIn, handOver, readSignIn, signIn, signOut } from './routes/sign-in.ts';
import { sendAnswer, sendDecision } from './routes/waits.ts';
import { createWebhook, deleteWebhook, listDeliveries, listWebhooks, redeliver } from './routes/webhooks.ts';

export const routes = {
  readStatus,
  checkHealth,
  checkReadiness,
  readMetrics,
  readOpenApi,
  readAsyncApi,
  listModels,
  createSession,
  listSessions,
  readSession,
  readResources,
  stopSession,
  sendMessage,
  interruptSession,
  sendAnswer,
  sendDecision,
  readEvents,
  createShare,
  listShares,
  deleteShare,
  readShare,
  listChats,
  readChat,
  renameChat,
  deleteChat,
  readMessages,
  exportChat,
  forkChat,
  listFiles,
  readFile,
  writeFile,
  uploadFile,
  listChanges,
  readDiff,
  readArchive,
  createWebhook,
  listWebhooks,
  deleteWebhook,
  listDeliveries,
  redeliver,
  listAllSessions,
  stopAnySession,
  listUsers,
  endSignIns,
  readCosts,
  readEngine,
  sampleMetrics,
  listEngines,
  drainEngine,
  undrainEngine,
  beginDrain,
  cancelDrain,
  readSignIn,
  signIn,
  signOut,
  handOver,
  beginSignIn,
  finishSignIn,
} as const satisfies Record<string, RouteDeclaration>;

export type Routes = typeof routes;
