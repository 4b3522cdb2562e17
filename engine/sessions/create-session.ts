// Creates a session: refuses one that can't begin, enters it in the directory, and has its host store it.
import { createId } from '../../actors/create-id.ts';
import type { NewAttachment } from '../../actors/images/read-attachments.ts';
import { checkChoice, findStrangeRule } from '../../actors/session/check-choice.ts';
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { SessionSecrets, SessionSettings } from '../../schema/session.ts';
import type { DirectWrites } from '../database/direct-writes.ts';
import type { History } from '../database/history.ts';
import type { Hosts } from '../ring/host-link.ts';
import type { CallerKeys } from '../secrets/caller-keys.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Principal } from './access.ts';
import { Attachments } from './attachments.ts';
import type { Directory, Entry, Follower } from './directory.ts';
import { taskKeyOf } from './left-sessions.ts';
import { checkNewSession, type NewSessionRules } from './new-session.ts';
import { hostIsFull, tooManySessions } from './refusals.ts';
import type { RequestMark } from './request-mark.ts';

export type CreateDependencies = {
  directory: Directory;
  history: Pick<History, 'findSession'>;
  writes: Pick<DirectWrites, 'ensureUser' | 'keepFile' | 'dropFiles'>;
  secrets: Pick<Secrets, 'sealForRow'>;
  keys: Pick<CallerKeys, 'findFailure'>;
  rules: NewSessionRules;
  hosts: Hosts;
  now(): number;
};

export type CreateRequest = {
  settings: SessionSettings;
  secrets: SessionSecrets;
  /** The id of the task as a command: the client's, or one that the engine made. */
  commandId: string;
  /** A connection that follows the session from its first frame on. */
  follower?: Follower;
  autoStart: boolean;
  /** The mark of a request that may be repeated. */
  mark?: RequestMark;
  /** What came with the task. */
  files?: readonly NewAttachment[];
};

/** A request that has passed all checks. */
type Checked = { settings: SessionSettings; secrets: SessionSecrets; sessionId: string };

/** Resolves once the session is stored. */
export async function createSession(
  dependencies: CreateDependencies,
  principal: Principal,
  request: CreateRequest,
): Promise<Outcome<Entry>> {
  const checked = await checkRequest(dependencies, principal, request);
  if (!checked.ok) return checked;
  const { secrets, sessionId } = checked.value;
  const attachments = new Attachments(dependencies);
  const { files = [] } = request;
  const kept = await attachments.keep(sessionId, files);
  if (!kept.ok) return kept;
  const settings = { ...checked.value.settings, ...(files.length > 0 && { attachments: kept.value }) };
  const { directory, hosts, now } = dependencies;
  const identity = { sessionId, chatId: createId(), userId: principal.userId };
  const entry = directory.add(identity, { task: settings.task, createdAtMs: now(), secrets });
  if (hosts.getLink(entry.host).isFull) {
    directory.remove(entry);
    if (files.length > 0) await attachments.drop(sessionId);
    return hostIsFull;
  }
  entry.taskKey = taskKeyOf(principal.userId, settings);
  if (request.follower) entry.followers.add(request.follower);
  const sealedSecrets = await dependencies.secrets.sealForRow(sessionId, secrets).catch((bug) => {
    directory.remove(entry); // No host will be told of the session.
    throw bug;
  });
  const { commandId, autoStart } = request;
  const clients = entry.followers.size;
  const create = { identity, settings, secrets, sealedSecrets, commandId, clients, autoStart };
  const reply = await hosts.getLink(entry.host).ask({ kind: 'create', ...create });
  if (reply.ok || (await isStored(dependencies, entry, reply.failure))) return succeeded(entry);
  directory.remove(entry);
  if (files.length > 0) await attachments.drop(sessionId);
  return reply;
}

async function checkRequest(
  { directory, writes, keys, rules }: CreateDependencies,
  principal: Principal,
  request: CreateRequest,
): Promise<Outcome<Checked>> {
  if (!(await writes.ensureUser(principal.userId)))
    return failed('unknownUser', 'There is no such user yet; sign in at the front end first.');
  const checked = checkNewSession(request, rules);
  if (!checked.ok) return checked;
  const { secrets } = checked.value;
  const { mark } = request;
  const choice = checkChoice(checked.value.settings, checked.value.settings, rules.choices);
  if (!choice.ok) return choice;
  const strange = findStrangeRule(checked.value.settings.policy?.rules);
  if (strange) return failed('invalid', `${strange.path} ${strange.message}.`, { errors: [strange] });
  const settings = { ...checked.value.settings, ...choice.value, ...(mark && { requestDigest: mark.digest }) };
  const failure = await keys.findFailure(settings.provider, secrets.apiKey);
  if (failure) return { ok: false, failure };
  if (!directory.canTake(principal.userId)) return tooManySessions;
  const sessionId = mark?.sessionId ?? createId();
  if (directory.get(sessionId)) return failed('noAnswer', 'The session is being made.', { retryAfterMs: 1_000 });
  return succeeded({ settings, secrets, sessionId });
}

/** Whether the session was stored without a reply: its host may have died after the commit, and the next one has it then. */
async function isStored(
  { history }: Pick<CreateDependencies, 'history'>,
  { sessionId, chatId }: Entry,
  { code }: Failure,
): Promise<boolean> {
  if (code !== 'noAnswer') return false;
  const stored = await history.findSession(sessionId).catch(() => null);
  return stored?.chatId === chatId; // Another attempt of the request has another chat.
}
