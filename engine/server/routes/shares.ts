// REST for shares: a session's owner makes, lists and deletes them; and who has one reads what it shows.
import { failed, succeeded } from '../../../schema/error.ts';
import { sharedSessionOf } from '../../../schema/protocol/routes/shares.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import { formatTime } from '../../../schema/rules/text.ts';
import { type ReportDependencies, readReport } from '../../sessions/session-report.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Shares } from '../../shares/shares.ts';
import type { Handlers } from './handler.ts';

export type ShareRouteDependencies = ReportDependencies & { sessions: Sessions; shares: Shares };

type ShareRoutes = Pick<Routes, 'createShare' | 'listShares' | 'deleteShare' | 'readShare'>;

export function makeShareHandlers(dependencies: ShareRouteDependencies): Handlers<ShareRoutes> {
  const { sessions, shares } = dependencies;
  return {
    createShare: {
      audit: {
        act: 'share.created',
        findSubject: ({ parameters: [session] }, answer) => ({ session, share: idIn(answer) }),
      },
      handle: async ({ principal, parameters: { id }, body }) => {
        const found = await sessions.find(principal, id);
        return found.ok ? shares.create(id, body) : found;
      },
    },
    listShares: {
      handle: async ({ principal, parameters: { id } }) => {
        const found = await sessions.find(principal, id);
        return found.ok ? succeeded({ shares: await shares.list(id) }) : found;
      },
    },
    deleteShare: {
      audit: { act: 'share.deleted', findSubject: ({ parameters: [session, share] }) => ({ session, share }) },
      handle: async ({ principal, parameters: { id, shareId } }) => {
        const found = await sessions.find(principal, id);
        if (!found.ok) return found;
        const removed = await shares.remove(id, shareId);
        return removed.ok ? succeeded({ status: 'deleted', id: shareId }) : removed;
      },
    },
    readShare: {
      handle: async ({ principal }) => {
        const { viewer } = principal;
        if (!viewer) return viewersOnly;
        const report = await readReport(principal, viewer.sessionId, dependencies);
        if (!report.ok) return report;
        const { expiresAtMs, mayReadWorkspace: workspace } = viewer;
        const session = sharedSessionOf(report.value);
        return succeeded({ expiresAt: formatTime(expiresAtMs), workspace, session });
      },
    },
  };
}

const viewersOnly = failed('notAllowed', 'This is for the token of a share; read the session itself.');

const idIn = (answer: unknown): string | undefined =>
  typeof answer === 'object' && answer !== null && 'id' in answer ? String(answer.id) : undefined;
