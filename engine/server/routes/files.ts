// REST for the files of a live session's workspace: the tree, one file, and what has changed.
import { resolveInWorkspace } from '../../../sandbox/workspace/workspace-path.ts';
import { type Outcome, succeeded } from '../../../schema/error.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import { type AskWorkspace, archivePatch, archiveWorkspace } from '../../archive/workspace-archive.ts';
import type { Principal } from '../../sessions/access.ts';
import type { Present } from '../../sessions/find-session.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { type AuditRule, type Handlers, sessionIdIn } from './handler.ts';

const audit: AuditRule = { act: 'files.read', findSubject: ({ query }) => ({ session: query.session_id }) };

const auditOfPath: AuditRule = { act: 'files.read', findSubject: ({ parameters: [session] }) => ({ session }) };

export function makeFileHandlers(
  sessions: Sessions,
): Handlers<Pick<Routes, 'listFiles' | 'readFile' | 'writeFile' | 'listChanges' | 'readDiff' | 'readArchive'>> {
  const withSession = async <Answer>(
    principal: Principal,
    sessionId: string,
    act: (present: Present) => Promise<Outcome<Answer>>,
  ): Promise<Outcome<Answer>> => {
    const present = await sessions.findPresent(principal, sessionId);
    return present.ok ? act(present.value) : present;
  };
  return {
    listFiles: {
      audit,
      handle: ({ query, principal }) =>
        withSession(principal, query.session_id, (present) => sessions.askWorkspace(present, { ask: 'listFiles' })),
    },
    readFile: {
      audit,
      handle: ({ query: { session_id, path, offset, length }, principal }) =>
        withSession(principal, session_id, async (present) => {
          const inside = resolveInWorkspace(path); // The path starts at the workspace's root, wherever the agent's shell is.
          if (!inside.ok) return inside;
          const part = { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) };
          return sessions.askWorkspace(present, { ask: 'readFile', path: inside.value, part });
        }),
    },
    writeFile: {
      audit: { act: 'files.written', findSubject: (_, answer) => ({ session: sessionIdIn(answer) }) },
      handle: ({ body: { session_id: sessionId, path, ...file }, principal }) =>
        withSession(principal, sessionId, async (present) => {
          const content = Buffer.from(file.content, file.encoding ?? 'utf8');
          const unavailable = sessions.checkAvailability();
          if (unavailable) return unavailable;
          const written = await sessions.askWorkspace(present, { ask: 'writeFile', path, content });
          if (!written.ok) return written;
          return succeeded({ status: 'written', sessionId, size: content.length, ...written.value });
        }),
    },
    listChanges: {
      audit: auditOfPath,
      handle: ({ parameters, principal }) =>
        withSession(principal, parameters.id, (present) => sessions.askWorkspace(present, { ask: 'listChanges' })),
    },
    readDiff: {
      audit: auditOfPath,
      handle: ({ parameters, query: { path }, principal }) =>
        withSession(principal, parameters.id, (present) => sessions.askWorkspace(present, { ask: 'readDiff', path })),
    },
    readArchive: {
      audit: auditOfPath,
      handle: ({ parameters: { id }, query, principal }) =>
        withSession(principal, id, (present) => {
          const ask: AskWorkspace = (request) => sessions.askWorkspace(present, request);
          return query.of === 'changes' ? archivePatch(id, ask, Date.now()) : archiveWorkspace(id, ask);
        }),
    },
  };
}
