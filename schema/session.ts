// What a session is: its settings, its secrets, its stored record and its states.
import { listSecrets } from './rules/git-credentials.ts';

/** One of the registry of models; a row may name one that it has no more. */
export type ProviderName = string;

export const modes = ['full', 'local', 'mock'] as const;
export type Mode = (typeof modes)[number];

/** What a caller asked for; stored, so that the session can be activated again. Holds no secret. */
export type SessionSettings = {
  task: string;
  provider: ProviderName;
  projectId: string | null;
  repoUrl: string | null;
  branch: string | null;
  gitUserName: string | null;
  gitUserEmail: string | null;
  /** Which secrets the caller gave, so that their absence is noticed; absent in rows of earlier versions. */
  hasOwnKey?: boolean;
  hasGitToken?: boolean;
  /** Of the request that made the session, where it had an Idempotency-Key: tells a repetition from another request. */
  requestDigest?: string;
};

/** Never in a log, an event or a sandbox, and in a row only when sealed. `git-credentials.ts` says what `gitToken` may be. */
export type SessionSecrets = {
  apiKey: string | null;
  gitToken: string | null;
  /** The row holds some that this engine's ENCRYPTION_KEY does not open. */
  areUnreadable?: boolean;
};

export const noSecrets: SessionSecrets = { apiKey: null, gitToken: null };

/** Every text that would reveal one of the secrets. */
export const secretTextsOf = ({ apiKey, gitToken }: SessionSecrets): string[] => [
  ...(apiKey === null ? [] : [apiKey]),
  ...listSecrets(gitToken),
];

export const needsSecrets = ({ hasOwnKey, hasGitToken }: SessionSettings): boolean =>
  hasOwnKey === true || hasGitToken === true;

/** Who owns a session and where its chat is stored. */
export type SessionIdentity = { sessionId: string; chatId: string; userId: string };

/**
 * The states of a session's machine. `created`: made over REST, and no client has joined yet. `passivated`: the actor isn't in
 * memory; rows hold one of the other states.
 */
export const sessionStates = [
  'created',
  'provisioning',
  'idle',
  'working',
  'stopping',
  'stopped',
  'failed',
  'passivated',
] as const;
export type SessionState = (typeof sessionStates)[number];

/** The states that rows hold: what a restart needs to know. */
export const storedStates = ['created', 'live', 'stopped', 'failed'] as const;
export type StoredState = (typeof storedStates)[number];

/** As REST reports them: of a live one, whether work goes on. */
export const reportedStates = ['created', 'working', 'idle', 'stopped', 'failed'] as const;
export type ReportedState = (typeof reportedStates)[number];

export const hasEnded = (state: StoredState): boolean => state === 'stopped' || state === 'failed';

/** The row of `agent_sessions`. */
export type SessionRecord = SessionIdentity & {
  epoch: number;
  state: StoredState;
  settings: SessionSettings;
  /** Milliseconds since the epoch of Unix. */
  createdAtMs: number;
};
