// REST for sessions: create, list, read, stop, and send messages to them.
import type * as v from 'valibot';
import { createId } from '../../../actors/create-id.ts';
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import { CreateSession, IdempotencyKey, SendMessage } from '../../../schema/protocol/routes/sessions.ts';
import { providerOf, secretsOf, settingsOf } from '../../../schema/protocol/session-fields.ts';
import { formatTime } from '../../../schema/rules/text.ts';
import type { ProviderName, SessionSettings } from '../../../schema/session.ts';
import { validate } from '../../../schema/validate.ts';
import type { History } from '../../database/history.ts';
import type { Principal } from '../../sessions/access.ts';
import type { Creations } from '../../sessions/creations.ts';
import type { Entry } from '../../sessions/directory.ts';
import type { Messages } from '../../sessions/messages.ts';
import { markOf } from '../../sessions/request-mark.ts';
import { readReport } from '../../sessions/session-report.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { CommandBudget } from '../command-budget.ts';
import { type Answer, ok } from '../http-answer.ts';
import type { Call } from '../request.ts';
import type { Route } from '../server.ts';

export type SessionRouteDependencies = {
  sessions: Sessions;
  history: Pick<History, 'findReport'>;
  creations: Creations;
  messages: Messages;
  budget: CommandBudget;
  defaultProvider: ProviderName;
  /** Keys the digests by which requests are known again. */
  digestSecret: string;
  /** Whether a script will play its agent. */
  isMock(settings: SessionSettings): boolean;
};

export function sessionRoutes(parts: SessionRouteDependencies): Route[] {
  const pattern = '/api/v1/sessions';
  return [
    {
      method: 'post',
      pattern,
      isOpen: false,
      told: { deed: 'session.created', of: (_, body) => ({ session: sessionIn(body) }) },
      handle: (call, principal) => create(call, principal, parts),
    },
    {
      method: 'get',
      pattern,
      isOpen: false,
      handle: (_, principal) => succeeded(ok({ sessions: parts.sessions.listLive(principal).map(listed) })),
    },
    {
      method: 'get',
      pattern: `${pattern}/:id`,
      isOpen: false,
      told: { deed: 'session.read', of: ({ parameters: [session] }) => ({ session }) },
      handle: (call, principal) => read(call, principal, parts),
    },
    {
      method: 'del',
      pattern: `${pattern}/:id`,
      isOpen: false,
      told: { deed: 'session.stopped', of: ({ parameters: [session] }) => ({ session }) },
      handle: (call, principal) => stop(call, principal, parts.sessions),
    },
    {
      method: 'post',
      pattern: `${pattern}/:id/messages`,
      isOpen: false,
      handle: (call, principal) => say(call, principal, parts),
    },
  ];
}

const sessionIn = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'sessionId' in body ? String(body.sessionId) : undefined;

async function create(call: Call, principal: Principal, parts: SessionRouteDependencies): Promise<Outcome<Answer>> {
  const command = await commandOf(CreateSession, call, principal, parts);
  if (!command.ok) return command;
  const { key, body } = command.value;
  const { task, autoStart, ...fields } = body;
  const provider = providerOf(fields, parts.defaultProvider);
  if (!provider) return failed('badProvider', 'The model provider must be "anthropic" or "google".');
  const settings = settingsOf({ ...fields, projectId: fields.projectId ?? principal.projectId }, task, provider);
  const created = await parts.creations.createOnce(
    principal,
    { settings, secrets: secretsOf(fields), commandId: fields.id ?? createId(), autoStart },
    key === undefined ? undefined : markOf({ userId: principal.userId, key, body, secret: parts.digestSecret }),
  );
  if (!created.ok) return created;
  const message = autoStart
    ? 'Agent session initialized and started. Connect via WebSocket to follow it.'
    : 'Agent session initialized. Connect via WebSocket to start.';
  const status = parts.isMock(settings) ? 'mock' : 'ready';
  return succeeded(ok({ status, sessionId: created.value.sessionId, message }));
}

async function say(call: Call, principal: Principal, parts: SessionRouteDependencies): Promise<Outcome<Answer>> {
  const command = await commandOf(SendMessage, call, principal, parts);
  if (!command.ok) return command;
  const { key, body } = command.value;
  const { id, content } = body;
  const [sessionId = ''] = call.parameters;
  const accepted = await parts.messages.sendOnce(principal, { sessionId, id: key ?? id, content });
  return accepted.ok ? succeeded(ok({ status: 'accepted', ...accepted.value })) : accepted;
}

/** What a caller asks to be done, within its budget, and the key by which it is known when it comes again. */
async function commandOf<Schema extends v.GenericSchema>(
  schema: Schema,
  call: Call,
  principal: Principal,
  { budget }: SessionRouteDependencies,
): Promise<Outcome<{ key: string | undefined; body: v.InferOutput<Schema> }>> {
  const tooMany = await budget.takeCommand(principal.userId);
  if (tooMany) return { ok: false, failure: tooMany };
  const key = keyOf(call);
  if (!key.ok) return key;
  const json = await call.json();
  if (!json.ok) return json;
  const body = validate(schema, json.value);
  return body.ok ? succeeded({ key: key.value, body: body.value }) : body;
}

function keyOf(call: Call): Outcome<string | undefined> {
  const headers = validate(IdempotencyKey, { 'Idempotency-Key': call.headers.idempotencyKey });
  return headers.ok ? succeeded(headers.value['Idempotency-Key']) : headers;
}

async function read(call: Call, principal: Principal, parts: SessionRouteDependencies): Promise<Outcome<Answer>> {
  const report = await readReport(principal, call.parameters[0] ?? '', parts);
  return report.ok ? succeeded(ok(report.value)) : report;
}

async function stop(call: Call, principal: Principal, sessions: Sessions): Promise<Outcome<Answer>> {
  const [sessionId = ''] = call.parameters;
  const present = await sessions.findPresent(principal, sessionId);
  if (!present.ok) return present;
  const stopped = await sessions.stop(present.value);
  if (!stopped.ok) return stopped;
  return succeeded(ok({ status: 'stopped', sessionId, message: 'Session stopped and resources cleaned up.' }));
}

const listed = ({ sessionId, userId, task, createdAtMs }: Entry) => ({
  sessionId,
  userId,
  task,
  isAlive: true,
  createdAt: formatTime(createdAtMs),
});
