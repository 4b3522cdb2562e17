// REST for sessions: create, list, read, stop, send messages and interrupt.
import { createId } from '../../../actors/create-id.ts';
import { type NewAttachment, readAttachments } from '../../../actors/images/read-attachments.ts';
import type { EngineKeys } from '../../../actors/models/key.ts';
import { type Outcome, succeeded } from '../../../schema/error.ts';
import { choiceOf } from '../../../schema/protocol/choice-fields.ts';
import type { AnswerOf } from '../../../schema/protocol/route.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import { secretsOf, settingsOf } from '../../../schema/protocol/session-fields.ts';
import { formatTime } from '../../../schema/rules/text.ts';
import type { LiveSession, ProviderName, SessionSettings } from '../../../schema/session.ts';
import type { History } from '../../database/history.ts';
import type { Commands } from '../../sessions/commands.ts';
import type { Creations } from '../../sessions/creations.ts';
import { chooseProvider } from '../../sessions/new-session.ts';
import { markOf } from '../../sessions/request-mark.ts';
import { listReports, readReport } from '../../sessions/session-report.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { type AuditRule, type Handlers, type RouteRequest, sessionIdIn } from './handler.ts';

export type SessionRouteDependencies = {
  sessions: Sessions;
  history: Pick<History, 'findReport' | 'listReports'>;
  creations: Creations;
  commands: Commands;
  defaultProvider: ProviderName;
  /** The engine's own keys. */
  modelKeys: EngineKeys;
  /** The key of the digests by which a repeated request is known. */
  digestSecret: string;
  /** Whether a script will play the session's agent. */
  isMock(settings: SessionSettings): boolean;
};

type SessionRoutes = Pick<
  Routes,
  | 'createSession'
  | 'listSessions'
  | 'readSession'
  | 'readResources'
  | 'stopSession'
  | 'sendMessage'
  | 'interruptSession'
  | 'sendAnswer'
  | 'sendDecision'
>;

const auditOfPath = (act: AuditRule['act']): AuditRule => ({
  act,
  findSubject: ({ parameters: [session] }) => ({ session }),
});

export function makeSessionHandlers(dependencies: SessionRouteDependencies): Handlers<SessionRoutes> {
  const { sessions, commands } = dependencies;
  return {
    createSession: {
      audit: { act: 'session.created', findSubject: (_, answer) => ({ session: sessionIdIn(answer) }) },
      handle: (request) => createSession(request, dependencies),
    },
    listSessions: {
      handle: async ({ principal, query: { state, ...page } }) =>
        state === undefined
          ? succeeded({ sessions: (await sessions.listLive(principal)).map(listedOf) })
          : succeeded(await listReports(principal, { state, ...page }, dependencies)),
    },
    readSession: {
      audit: auditOfPath('session.read'),
      handle: async ({ principal, parameters }) => {
        const report = await readReport(principal, parameters.id, dependencies);
        return report.ok ? succeeded({ ...report.value, now: await sessions.nows.read(report.value) }) : report;
      },
    },
    readResources: { handle: ({ principal, parameters }) => sessions.resources.read(principal, parameters.id) },
    stopSession: {
      audit: auditOfPath('session.stopped'),
      handle: (request) => stopSession(request, sessions),
    },
    sendMessage: {
      handle: async ({ principal, parameters, headers, body: { id, content, attachments, ...chosen }, files }) => {
        const sessionId = parameters.id;
        const key = headers['Idempotency-Key'];
        const sent = readAttachments(files);
        if (!sent.ok) return sent;
        const accepted = await commands.sendMessage(principal, {
          sessionId,
          id: key ?? id,
          content,
          choice: choiceOf(chosen),
          files: sent.value,
          paths: attachments ?? [],
        });
        return accepted.ok ? succeeded({ status: 'accepted', ...accepted.value }) : accepted;
      },
    },
    interruptSession: {
      handle: async ({ principal, parameters: { id: sessionId }, headers }) => {
        const accepted = await commands.interrupt(principal, { sessionId, id: headers['Idempotency-Key'] });
        return accepted.ok ? succeeded({ status: 'accepted', ...accepted.value }) : accepted;
      },
    },
    sendAnswer: {
      handle: async ({ principal, parameters: { id: sessionId }, headers, body }) => {
        const said = { ...body, id: headers['Idempotency-Key'] ?? body.id, type: 'answer' as const };
        const accepted = await commands.reply(principal, sessionId, said);
        return accepted.ok ? succeeded({ status: 'accepted', ...accepted.value }) : accepted;
      },
    },
    sendDecision: {
      handle: async ({ principal, parameters: { id: sessionId }, headers, body }) => {
        const said = { ...body, id: headers['Idempotency-Key'] ?? body.id, type: 'decide' as const };
        const accepted = await commands.reply(principal, sessionId, said);
        return accepted.ok ? succeeded({ status: 'accepted', ...accepted.value }) : accepted;
      },
    },
  };
}

type Request<Name extends keyof SessionRoutes> = RouteRequest<SessionRoutes[Name]>;
type Answer<Name extends keyof SessionRoutes> = Promise<Outcome<AnswerOf<SessionRoutes[Name]>>>;

async function createSession(
  { principal, headers, body, files }: Request<'createSession'>,
  { creations, defaultProvider, modelKeys, digestSecret: secret, isMock }: SessionRouteDependencies,
): Answer<'createSession'> {
  const key = headers['Idempotency-Key'];
  const { task, autoStart, ...fields } = body;
  const sent = readAttachments(files);
  if (!sent.ok) return sent;
  const provider = chooseProvider(fields, defaultProvider, modelKeys);
  if (!provider.ok) return provider;
  const settings = settingsOf({ ...fields, projectId: fields.projectId ?? principal.projectId }, task, provider.value);
  const created = await creations.createOnce(
    principal,
    { settings, secrets: secretsOf(fields), commandId: fields.id ?? createId(), autoStart, files: sent.value },
    key === undefined
      ? undefined
      : markOf({ userId: principal.userId, key, body: digestedOf(body, sent.value), secret }),
  );
  if (!created.ok) return created;
  const message = autoStart
    ? 'Agent session initialized and started. Connect via WebSocket to follow it.'
    : 'Agent session initialized. Connect via WebSocket to start.';
  return succeeded({ status: isMock(settings) ? 'mock' : 'ready', sessionId: created.value.sessionId, message });
}

/** A request with other files is another one. */
const digestedOf = (body: object, files: readonly NewAttachment[]): object =>
  files.length === 0 ? body : { ...body, files: files.map(({ attachment }) => attachment.path) };

async function stopSession(
  { principal, parameters: { id: sessionId } }: Request<'stopSession'>,
  sessions: Sessions,
): Answer<'stopSession'> {
  const present = await sessions.findPresent(principal, sessionId);
  if (!present.ok) return present;
  const stopped = await sessions.stop(present.value);
  if (!stopped.ok) return stopped;
  return succeeded({ status: 'stopped', sessionId, message: 'Session stopped and resources cleaned up.' });
}

const listedOf = ({ sessionId, userId, task, createdAtMs }: LiveSession) => ({
  sessionId,
  userId,
  task,
  isAlive: true as const,
  createdAt: formatTime(createdAtMs),
});
