// Creates a session: refuses one that can't begin, enters it in the directory, and has its host store it.
import { createId } from '../../actors/create-id.ts';
import type { NewAttachment } from '../../actors/images/read-attachments.ts';
import { checkChoice, findStrangeRule } from '../../actors/session/check-choice.ts';
import { type ErrorCode, type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { hasLabels, type Labels, noFittingEngine, noLabels } from '../../schema/labels.ts';
import { limits } from '../../schema/limits.ts';
import type { PlacedSession } from '../../schema/placed-session.ts';
import type { SessionIdentity, SessionSecrets, SessionSettings } from '../../schema/session.ts';
import type { Reply } from '../../schema/thread.ts';
import type { DirectWrites } from '../database/direct-writes.ts';
import type { History } from '../database/history.ts';
import type { HostRequest, Hosts } from '../ring/host-link.ts';
import type { CallerKeys } from '../secrets/caller-keys.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Principal } from './access.ts';
import { Attachments } from './attachments.ts';
import { type Directory, type Entry, type Follower, makeRemoteEntry } from './directory.ts';
import { taskKeyOf } from './left-sessions.ts';
import { checkNewSession, type NewSessionRules } from './new-session.ts';
import type { Place, Placing } from './placing.ts';
import { clusterIsFull, hostIsFull, tooManySessions } from './refusals.ts';
import type { RequestMark } from './request-mark.ts';
import { tellClientCount } from './tell-client-count.ts';

export type CreateDependencies = {
  directory: Directory;
  history: Pick<History, 'findSession'>;
  writes: Pick<DirectWrites, 'ensureUser' | 'keepFile' | 'dropFiles'>;
  secrets: Pick<Secrets, 'sealForRow'>;
  keys: Pick<CallerKeys, 'findFailure'>;
  rules: NewSessionRules;
  hosts: Hosts;
  /** Among several engines: where new sessions are made. */
  placing?: Placing | undefined;
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
  const place = await choosePlace(dependencies, settings.labels);
  /** One that was not answered in time may be made all the same, and has them then. */
  const dropFiles = async ({ code }: Failure) => {
    if (files.length > 0 && code !== 'noAnswer') await attachments.drop(sessionId);
  };
  if (place.kind === 'nowhere') {
    const refusal = noFittingEngine(settings.labels ?? noLabels, place.reached);
    await dropFiles(refusal.failure);
    return refusal;
  }
  if (place.kind !== 'here') {
    const created = await createElsewhere(dependencies, { identity, settings, secrets, request }, place);
    if (created && !created.ok) await dropFiles(created.failure);
    if (created) return created;
  }
  if (!directory.mayHaveMore(principal.userId)) {
    await dropFiles(tooManySessions.failure); // Others of the user's were begun while its files were stored.
    return tooManySessions;
  }
  const entry = directory.add(identity, { task: settings.task, createdAtMs: now(), secrets });
  if (hosts.getLink(entry.host).isFull) {
    directory.remove(entry);
    await dropFiles(hostIsFull.failure);
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
  const reply = await makeAtHost(dependencies, entry, create);
  if (reply.ok) return succeeded(entry);
  await dropFiles(reply.failure);
  return reply;
}

type Create = Omit<Extract<HostRequest, { kind: 'create' }>, 'kind'>;

/** Has the entry's host make the session. Where it is not made, the entry is removed. */
async function makeAtHost(
  dependencies: Pick<CreateDependencies, 'directory' | 'hosts' | 'history'>,
  entry: Entry,
  create: Create,
): Promise<Outcome<Reply>> {
  const { directory, hosts } = dependencies;
  entry.isBeingMade = true;
  const reply = await hosts.getLink(entry.host).ask({ kind: 'create', ...create });
  const made = reply.ok || !(await isStored(dependencies, entry, reply.failure)) ? reply : created;
  entry.isBeingMade = false;
  if (made.ok) return made;
  directory.remove(entry);
  entry.followers.clear();
  if (made.failure.code === 'noAnswer') tellClientCount(hosts, entry); // It may be made all the same, later and for nobody.
  return made;
}

const created = succeeded({ kind: 'created' } as const);

/** An engine alone takes what it has the labels for. */
async function choosePlace({ placing, rules }: CreateDependencies, wanted: Labels | undefined): Promise<Place> {
  if (placing) return placing.choose(new Set(), wanted);
  return hasLabels(rules.labels, wanted) ? { kind: 'here' } : { kind: 'nowhere', reached: [rules.labels] };
}

type Accepted = {
  identity: SessionIdentity;
  settings: SessionSettings;
  secrets: SessionSecrets;
  request: CreateRequest;
};

/** Engines that are asked for one session: some of them have become full since their last beat. */
const placesMax = 3;

/**
 * Has another engine make a session that has passed all checks here; the follower follows it there.
 * @returns undefined where in the end this engine is the one that has room
 */
async function createElsewhere(
  dependencies: CreateDependencies,
  { identity, settings, secrets, request }: Accepted,
  first: Place,
): Promise<Outcome<Entry> | undefined> {
  const { sessionId, chatId, userId } = identity;
  const sealedSecrets = await dependencies.secrets.sealForRow(sessionId, secrets);
  const { commandId, autoStart, follower } = request;
  const session = { chatId, userId, settings, sealedSecrets, commandId, clients: follower ? 1 : 0, autoStart };
  const entry = makeRemoteEntry(identity, { task: settings.task, createdAtMs: dependencies.now() });
  entry.taskKey = taskKeyOf(userId, settings);
  const refused = new Set<string>();
  let place: Place | undefined = first;
  while (place?.kind === 'elsewhere' && refused.size < placesMax) {
    const reply: Outcome<unknown> =
      (await dependencies.placing?.createAt(place.bootId, sessionId, session)) ?? clusterIsFull;
    if (reply.ok || (await isStored(dependencies, entry, reply.failure))) return succeeded(entry);
    if (!refusals.has(reply.failure.code)) return reply;
    refused.add(place.bootId);
    place = await dependencies.placing?.choose(refused, settings.labels);
  }
  if (place?.kind === 'nowhere') return noFittingEngine(settings.labels ?? noLabels, place.reached);
  return place?.kind === 'here' ? undefined : clusterIsFull;
}

/** With these an engine hasn't begun to make the session. */
const refusals: ReadonlySet<ErrorCode> = new Set(['overloaded', 'draining']);

/** Makes a session that another engine has checked, under the secrets of its row. */
export async function createPlaced(
  dependencies: Pick<CreateDependencies, 'directory' | 'hosts' | 'history' | 'now'>,
  identity: SessionIdentity,
  { settings, secrets, ...placed }: PlacedSession & { secrets: SessionSecrets },
): Promise<Outcome<Reply>> {
  const { directory, hosts, now } = dependencies;
  if (directory.size >= limits.sessionsMax) return hostIsFull;
  if (!directory.mayHaveMore(identity.userId)) return tooManySessions; // The engine that checked it hears later of others.
  if (directory.get(identity.sessionId)) return sessionIsBeingMade;
  const entry = directory.add(identity, { task: settings.task, createdAtMs: now(), secrets });
  const link = hosts.getLink(entry.host);
  const { sealedSecrets, commandId, clients, autoStart } = placed;
  entry.taskKey = taskKeyOf(identity.userId, settings);
  const create = { identity, settings, secrets, sealedSecrets, commandId, clients, autoStart };
  if (!link.isFull) return makeAtHost(dependencies, entry, create);
  directory.remove(entry);
  return hostIsFull;
}

/** Whether a user may have a further session: where this engine has no room for it another one may. */
export const mayMake = (
  { directory, placing }: Pick<CreateDependencies, 'directory' | 'placing'>,
  { userId }: Principal,
): boolean => directory.mayHaveMore(userId) && (placing !== undefined || directory.hasRoom);

async function checkRequest(
  { directory, writes, keys, rules, placing }: CreateDependencies,
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
  if (!mayMake({ directory, placing }, principal)) return tooManySessions;
  const sessionId = mark?.sessionId ?? createId();
  if (directory.get(sessionId)) return sessionIsBeingMade;
  return succeeded({ settings, secrets, sessionId });
}

const sessionIsBeingMade = failed('noAnswer', 'The session is being made.', { retryAfterMs: 1_000 });

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
