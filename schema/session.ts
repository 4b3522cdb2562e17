// A session's settings, secrets, stored record and states.
import type { Choice } from './choice.ts';
import type { Attachment } from './image.ts';
import type { Labels } from './labels.ts';
import { hasMcpSecrets, type McpSecrets, type McpServer, secretTextsOfMcp } from './mcp.ts';
import type { Policy } from './policy.ts';
import { listSecrets } from './rules/git-credentials.ts';

/** The name of a provider in the registry; a row may name one that was removed. */
export type ProviderName = string;

export const modes = ['full', 'local', 'mock'] as const;
export type Mode = (typeof modes)[number];

/** What a caller asked for, without secrets; stored, so that the session can be activated again. */
export type SessionSettings = Choice & {
  task: string;
  provider: ProviderName;
  projectId: string | null;
  repoUrl: string | null;
  branch: string | null;
  gitUserName: string | null;
  gitUserEmail: string | null;
  /** What the user wants of the agent in this session, beside the engine's own instructions. */
  instructions?: string;
  /** Its MCP servers, without their secrets, in the caller's order. */
  mcpServers?: McpServer[];
  /** Which calls want a person's decision; absent where the caller chose none, whom nothing may ask then. */
  policy?: Policy;
  /** What its engine must have; absent where any will do. */
  labels?: Labels;
  /** Whether the caller gave these secrets, so that their loss is noticed; absent in rows of earlier versions. */
  hasOwnKey?: boolean;
  hasGitToken?: boolean;
  /** The digest of a request with an Idempotency-Key, which tells a repetition from another request. */
  requestDigest?: string;
  /** The files that came with the task. */
  attachments?: readonly Attachment[];
  /** The chat that its conversation begins with, up to which event, and the task that it had. */
  forkedFrom?: { chatId: string; sequence: number; task: string };
};

/** What a session's conversation began with, which for a fork is another session's task. */
export const firstTaskOf = ({ task, forkedFrom }: SessionSettings): string => forkedFrom?.task ?? task;

/** A caller's secrets: never in a log, an event or a sandbox, in a row only sealed. `git-credentials.ts` explains `gitToken`. */
export type SessionSecrets = {
  apiKey: string | null;
  gitToken: string | null;
  /** The variables and headers of its MCP servers, and their URLs where these are secret. */
  mcp?: McpSecrets | undefined;
  /** Whether the row holds secrets that ENCRYPTION_KEY does not open. */
  areUnreadable?: boolean;
};

export const noSecrets: SessionSecrets = { apiKey: null, gitToken: null };

/** Every text that would reveal one of the secrets. */
export const secretTextsOf = ({ apiKey, gitToken, mcp }: SessionSecrets): string[] => [
  ...(apiKey === null ? [] : [apiKey]),
  ...listSecrets(gitToken),
  ...secretTextsOfMcp(mcp),
];

export const needsSecrets = ({ hasOwnKey, hasGitToken, mcpServers = [] }: SessionSettings): boolean =>
  hasOwnKey === true || hasGitToken === true || mcpServers.some(hasMcpSecrets);

/** A session's id, chat and user. */
export type SessionIdentity = { sessionId: string; chatId: string; userId: string };

/** A session in memory, as lists have it. */
export type LiveSession = Pick<SessionIdentity, 'sessionId' | 'userId'> & { task: string; createdAtMs: number };

/**
 * The states of a session's machine. `created`: made over REST, without a client yet. `passivated`: the actor isn't in
 * memory; rows hold one of the other states.
 */
export const sessionStates = [
  'created',
  'provisioning',
  'idle',
  'working',
  'waiting',
  'stopping',
  'stopped',
  'failed',
  'passivated',
] as const;
export type SessionState = (typeof sessionStates)[number];

/** The states that rows hold: what a restart needs to know. */
export const storedStates = ['created', 'live', 'stopped', 'failed'] as const;
export type StoredState = (typeof storedStates)[number];

/** The states that REST reports, in which a live session is working, waiting for a person, or idle. */
export const reportedStates = ['created', 'working', 'waiting', 'idle', 'stopped', 'failed'] as const;
export type ReportedState = (typeof reportedStates)[number];

export const hasEnded = (state: StoredState): boolean => state === 'stopped' || state === 'failed';

/** The row of `agent_sessions`. */
export type SessionRecord = SessionIdentity & {
  epoch: number;
  state: StoredState;
  settings: SessionSettings;
  createdAtMs: number;
};
