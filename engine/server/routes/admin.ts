// REST for those who operate the engine: everybody's sessions, users, costs, the engines, and their drains.
import { succeeded } from '../../../schema/error.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { Admin } from '../../admin/admin.ts';
import type { AuditedAct } from '../audit.ts';
import type { AuditRule, Handlers } from './handler.ts';

type AdminRoutes = Pick<
  Routes,
  | 'listAllSessions'
  | 'stopAnySession'
  | 'listUsers'
  | 'endSignIns'
  | 'readCosts'
  | 'readEngine'
  | 'sampleMetrics'
  | 'listEngines'
  | 'drainEngine'
  | 'undrainEngine'
  | 'beginDrain'
  | 'cancelDrain'
>;

const auditAs = (act: AuditedAct): AuditRule => ({ act, findSubject: ({ parameters: [session] }) => ({ session }) });

export function makeAdminHandlers(admin: Admin): Handlers<AdminRoutes> {
  return {
    listAllSessions: {
      audit: auditAs('admin.sessionsListed'),
      handle: async ({ query }) => succeeded(await admin.listSessions(query)),
    },
    stopAnySession: {
      audit: auditAs('admin.sessionStopped'),
      handle: ({ principal, parameters: { id } }) => admin.stopSession(principal, id),
    },
    listUsers: { audit: auditAs('admin.usersListed'), handle: ({ query }) => admin.listUsers(query) },
    endSignIns: {
      audit: { act: 'admin.signedOut', findSubject: ({ parameters: [person] }) => ({ person }) },
      handle: async ({ parameters: { id } }) => succeeded(await admin.endSignIns(id)),
    },
    readCosts: { audit: auditAs('admin.costsRead'), handle: ({ query }) => admin.readCosts(query) },
    // These three say nothing of anybody, and pages ask them every few seconds.
    readEngine: { handle: async () => succeeded(await admin.readEngine()) },
    sampleMetrics: { handle: async () => succeeded(await admin.sampleMetrics()) },
    listEngines: { handle: async () => succeeded(await admin.engines.list()) },
    drainEngine: {
      audit: { act: 'admin.drainBegun', findSubject: ({ parameters: [engine] }) => ({ engine }) },
      handle: ({ parameters: { id }, body: { withinSeconds } }) => admin.engines.beginDrain(id, withinSeconds * 1_000),
    },
    undrainEngine: {
      audit: { act: 'admin.drainCancelled', findSubject: ({ parameters: [engine] }) => ({ engine }) },
      handle: ({ parameters: { id } }) => admin.engines.cancelDrain(id),
    },
    beginDrain: {
      audit: auditAs('admin.drainBegun'),
      handle: ({ body: { withinSeconds } }) => admin.drain.begin(withinSeconds * 1_000),
    },
    cancelDrain: { audit: auditAs('admin.drainCancelled'), handle: () => admin.drain.cancel() },
  };
}
