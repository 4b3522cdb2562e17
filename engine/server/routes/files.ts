// REST for the files of a live session's workspace: the tree, one file, and what has changed.
import { resolveInWorkspace } from '../../../sandbox/workspace/workspace-path.ts';
import { type Outcome, succeeded } from '../../../schema/error.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { SessionIdentity } from '../../../schema/session.ts';
import { type AskWorkspace, archivePatch, archiveWorkspace } from '../../archive/workspace-archive.ts';
import type { History } from '../../database/history.ts';
import { findWorkspaceRefusal, mayWake, type Principal } from '../../sessions/access.ts';
import { identityOf } from '../../sessions/find-session.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { readWhileShared } from '../../shares/read-while-shared.ts';
import type { ViewerStreams } from '../../shares/viewer-streams.ts';
import { ViewerTurns } from '../../shares/viewer-turns.ts';
import { nameFile } from '../name-file.ts';
import { type AuditRule, type Handlers, sessionIdIn } from './handler.ts';

const audit: AuditRule = { act: 'files.read', findSubject: ({ query }) => ({ session: query.session_id }) };

const auditOfWritten: AuditRule = {
  act: 'files.written',
  findSubject: (_, answer) => ({ session: sessionIdIn(answer) }),
};

const auditOfPath: AuditRule = { act: 'files.read', findSubject: ({ parameters: [session] }) => ({ session }) };

export type FileRouteDependencies = {
  sessions: Sessions;
  history: Pick<History, 'findChat'>;
  viewerStreams: Pick<ViewerStreams, 'add'>;
};

export function makeFileHandlers({
  sessions,
  history,
  viewerStreams,
}: FileRouteDependencies): Handlers<
  Pick<Routes, 'listFiles' | 'readFile' | 'writeFile' | 'uploadFile' | 'listChanges' | 'readDiff' | 'readArchive'>
> {
  const viewerTurns = new ViewerTurns();
  const withWorkspace = async <Answer>(
    principal: Principal,
    sessionId: string,
    act: (ask: AskWorkspace, session: SessionIdentity) => Promise<Outcome<Answer>>,
  ): Promise<Outcome<Answer>> => {
    const present = await sessions.findPresent(principal, sessionId);
    if (!present.ok) return present;
    const failure = findWorkspaceRefusal(principal);
    if (failure) return { ok: false, failure };
    const ask: AskWorkspace = (request) => sessions.askWorkspace(present.value, request, mayWake(principal));
    const askInTurn: AskWorkspace = (request) => viewerTurns.take(sessionId, () => ask(request));
    return act(principal.viewer ? askInTurn : ask, identityOf(present.value));
  };
  const writeFile = (principal: Principal, sessionId: string, file: { path: string; content: Uint8Array }) =>
    withWorkspace(principal, sessionId, async (ask) => {
      const unavailable = sessions.checkAvailability();
      if (unavailable) return unavailable;
      const written = await ask({ ask: 'writeFile', ...file });
      if (!written.ok) return written;
      return succeeded({ status: 'written' as const, sessionId, size: file.content.length, ...written.value });
    });
  return {
    listFiles: {
      audit,
      handle: ({ query, principal }) => withWorkspace(principal, query.session_id, (ask) => ask({ ask: 'listFiles' })),
    },
    readFile: {
      audit,
      handle: ({ query: { session_id, path, offset, length }, principal }) =>
        withWorkspace(principal, session_id, async (ask) => {
          const inside = resolveInWorkspace(path); // The path starts at the workspace's root, wherever the agent's shell is.
          if (!inside.ok) return inside;
          const part = { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) };
          return ask({ ask: 'readFile', path: inside.value, part });
        }),
    },
    writeFile: {
      audit: auditOfWritten,
      handle: ({ body: { session_id: sessionId, path, ...file }, principal }) =>
        writeFile(principal, sessionId, { path, content: Buffer.from(file.content, file.encoding ?? 'utf8') }),
    },
    uploadFile: {
      audit: auditOfWritten,
      handle: ({ query: { session_id: sessionId, path }, body: content, principal }) =>
        writeFile(principal, sessionId, { path, content }),
    },
    listChanges: {
      audit: auditOfPath,
      handle: ({ parameters, principal }) =>
        withWorkspace(principal, parameters.id, (ask) => ask({ ask: 'listChanges' })),
    },
    readDiff: {
      audit: auditOfPath,
      handle: ({ parameters, query: { path }, principal }) =>
        withWorkspace(principal, parameters.id, (ask) => ask({ ask: 'readDiff', path })),
    },
    readArchive: {
      audit: auditOfPath,
      handle: ({ parameters: { id }, query, principal }) =>
        withWorkspace(principal, id, async (ask, { chatId, userId }) => {
          const chat = await history.findChat(userId, chatId);
          const name = nameFile(chat?.title ?? '', id);
          const making = query.of === 'changes' ? archivePatch(name, ask, Date.now()) : archiveWorkspace(name, ask);
          const archive = await making;
          const { viewer } = principal;
          if (!archive.ok || !viewer) return archive;
          return succeeded({ ...archive.value, chunks: readWhileShared(archive.value.chunks, viewer, viewerStreams) });
        }),
    },
  };
}
