// The messages between threads: those round the ring, and those straight back from hosts to the main thread.
import type { MessagePort } from 'node:worker_threads';
import type { Choice } from './choice.ts';
import type { Failure, Outcome } from './error.ts';
import type { StoredEvent } from './event.ts';
import type { Hooks } from './hooks.ts';
import type { Attachment } from './image.ts';
import type { KubernetesConfig } from './kubernetes-config.ts';
import type { LogEntry } from './log.ts';
import type { OperatorMcpServer } from './mcp.ts';
import type { OwnModels } from './own-models.ts';
import type { PermitAnswer, PermitWord } from './permits.ts';
import type { Resources } from './resources.ts';
import type {
  LiveSession,
  ProviderName,
  SessionIdentity,
  SessionRecord,
  SessionSecrets,
  SessionSettings,
  StoredState,
} from './session.ts';
import type { SessionNow } from './session-now.ts';
import type { Budgets, DaySpending, SpendingQuestion, Spent } from './spending.ts';
import type { Decision } from './wait.ts';
import type { WorkspaceAnswer, WorkspaceRequest } from './workspace-request.ts';
import type { WorkspaceStoreConfig } from './workspace-store.ts';

/** A client's command on its way to an actor; `id` is the client's, or one that the engine made. */
export type Command =
  | { type: 'message'; id: string; content: string; choice?: Choice; attachments?: readonly Attachment[] }
  | { type: 'interrupt'; id: string }
  | { type: 'stop'; id: string }
  | AnswerCommand
  | DecideCommand;

/** What a person answers to a call that asks them. */
export type AnswerCommand = { type: 'answer'; id: string; toolCallId: string; content: string };

/** What a person decides about a call; `input` in place of what the model wrote. */
export type DecideCommand = {
  type: 'decide';
  id: string;
  toolCallId: string;
  decision: Decision;
  message?: string | undefined;
  input?: Record<string, unknown> | undefined;
};

/**
 * A session, its number of clients and of those who watch without being clients, so that an actor that the message
 * activates knows them at once.
 */
export type SessionAddress = { sessionId: string; clients: number; viewers: number };

/** The main thread's messages to a host; each with `replyTo` gets exactly one reply. */
export type ToHost =
  | {
      kind: 'create';
      replyTo: number;
      identity: SessionIdentity;
      settings: SessionSettings;
      secrets: SessionSecrets;
      /** The secrets sealed for the row; null where they aren't kept. */
      sealedSecrets: string | null;
      /** Id of the command that is the initial task. */
      commandId: string;
      /** The number of clients from the beginning; without any the session waits, unless `autoStart`. */
      clients: number;
      autoStart: boolean;
    }
  | ({ kind: 'command'; replyTo: number; command: Command } & SessionAddress)
  | ({ kind: 'clients' } & SessionAddress)
  /** Unlike clients, viewers neither activate a session nor keep it in memory. */
  | ({ kind: 'viewers' } & SessionAddress)
  /** The session is not to be activated any more; its last event says why. */
  | { kind: 'giveUp'; sessionId: string; failure: Failure }
  /** Other engines may own the sessions by now, so all actors end as if fenced. */
  | { kind: 'abandon' }
  /** Whether sessions without clients leave memory as soon as they rest, so that they can be given away. */
  | { kind: 'letGo'; atOnce: boolean }
  /** The answer to `secretsWanted`, or new secrets that a client brought. */
  | { kind: 'secrets'; sessionId: string; secrets: SessionSecrets }
  /** `mayWake`: whether the session is brought back into memory for it, and its sandbox started. */
  | ({ kind: 'workspace'; replyTo: number; request: WorkspaceRequest; mayWake: boolean } & SessionAddress)
  /** What the session's sandbox uses; a session that isn't in memory stays out of it. */
  | { kind: 'measure'; replyTo: number; sessionId: string }
  /** How the session stands; a session that isn't in memory stays out of it. */
  | { kind: 'describe'; replyTo: number; sessionId: string }
  /** A request to a provider may be sent, or waits. */
  | { kind: 'permit'; answer: PermitAnswer }
  | { kind: 'metrics'; replyTo: number }
  /** `handsOver`: other engines go on with turns, each after the step that is under way. */
  | { kind: 'drain'; replyTo: number; handsOver?: boolean };

/** A host's messages to the main thread. */
export type FromHost =
  | { kind: 'reply'; replyTo: number; outcome: Outcome<Reply> }
  /** A frame for the sockets of one session that is never stored: deltas, file trees. */
  | { kind: 'transient'; sessionId: string; frame: string }
  | { kind: 'passivated'; sessionId: string }
  /** A session was given away: its clients come to whichever engine takes it. */
  | { kind: 'given'; sessionId: string }
  /** A session waits for a sandbox, at this place from 1 on; 0 once its turn has come. */
  | { kind: 'queued'; sessionId: string; position: number }
  /** A session can't go on, and its clients must be told why. */
  | { kind: 'lost'; sessionId: string; failure: Failure }
  /** A session is being activated that needs its caller's secrets, which the main thread keeps. */
  | { kind: 'secretsWanted'; sessionId: string }
  /** The number of sandboxes that the host's actors hold, whenever it has changed. */
  | { kind: 'sandboxes'; held: number }
  /** A request to a provider wants to be sent, or what came of it. */
  | { kind: 'permit'; word: PermitWord }
  | { kind: 'log'; entry: LogEntry };

export type Reply =
  | { kind: 'created' }
  /** The command is stored; where it was stored before, its acknowledgement comes again. */
  | { kind: 'done'; sequence: number; acknowledgement?: string }
  /** To a request of the kind `workspace`: what `WorkspaceAnswers` has for it. */
  | { kind: 'workspace'; answer: WorkspaceAnswer }
  /** To requests of the kinds `measure` and, null where the session isn't in memory, `describe`. */
  | { kind: 'resources'; resources: Resources }
  | { kind: 'now'; now: SessionNow | null }
  | { kind: 'metrics'; metrics: unknown[] }
  /** Of an engine, to `left` (whether clients have left the session there lately, and whether one is there), and to `list`. */
  | { kind: 'left'; isLeft: boolean; isThere: boolean }
  | { kind: 'list'; sessions: readonly LiveSession[] }
  /** To `give`: those that were this engine's. */
  | { kind: 'given'; sessionIds: readonly string[] }
  | { kind: 'drained' };

/** A host's write; each names its session and epoch, and one of a stale epoch is refused. */
export type Write =
  | {
      kind: 'open';
      sessionId: string;
      epoch: number;
      record: SessionRecord;
      isActive: boolean;
      sealedSecrets: string | null;
      waitsUntilMs?: number;
    }
  | {
      kind: 'event';
      /** The row's key, so that the write can be repeated. */
      rowId: string;
      sessionId: string;
      epoch: number;
      chatId: string;
      event: StoredEvent;
      /** The frame that clients get once the row is committed. */
      frame: string;
      /** Whether the event is the session's last, after which its sockets close. */
      isLast: boolean;
      /** What was paid since the last event. */
      spent?: Spent;
    }
  | {
      kind: 'update';
      sessionId: string;
      epoch: number;
      chatId: string;
      isActive: boolean;
      state: StoredState;
      /** When its wait for a person ends; absent where it doesn't wait. */
      waitsUntilMs?: number;
    };

export type EventWrite = Extract<Write, { kind: 'event' }>;
export type OpenWrite = Extract<Write, { kind: 'open' }>;
export type UpdateWrite = Extract<Write, { kind: 'update' }>;

export type ToPersistence =
  | { kind: 'writes'; writes: Write[] }
  | { kind: 'activate'; sessionId: string }
  /** Makes a session nobody's, once all is stored that was written before. */
  | { kind: 'give'; session: Pick<SessionRecord, 'sessionId' | 'epoch'> }
  /** Asks what a day has cost, once all is stored that was written before. */
  | ({ kind: 'spending' } & SpendingQuestion)
  | { kind: 'spendingEnds'; sessionId: string }
  /** Bytes to be kept for a session, beside the batches: whatever names them is recorded afterwards. */
  | { kind: 'keepFile'; replyTo: number; sessionId: string; digest: string; bytes: Uint8Array }
  | { kind: 'loadFile'; replyTo: number; sessionId: string; digest: string };

/** Persistence's messages to a host. */
export type FromPersistence =
  /** `[sessionId, sequence]` pairs, flattened: the session's rows up to there are committed; 0 for an `open`. */
  | { kind: 'committed'; positions: (string | number)[]; writes: number }
  | { kind: 'fenced'; sessionIds: string[] }
  /** These sessions have no record: their chats were deleted, or they were refused themselves. */
  | { kind: 'gone'; sessionIds: string[] }
  /** An event could not be stored, nor one in its place; sequence 0 means the session itself. */
  | { kind: 'refused'; sessionId: string; sequence: number; reason: string }
  /** An event could not be stored; this one, which says why, is stored in its place. It comes before its `committed`. */
  | { kind: 'replaced'; event: StoredEvent }
  | { kind: 'activated'; sessionId: string; outcome: Outcome<Activation> }
  /** The session is nobody's now, or another run's already. */
  | { kind: 'given'; sessionId: string }
  | ({ kind: 'spending'; spending: DaySpending } & SpendingQuestion)
  /** To `keepFile` and `loadFile`: the bytes that were read; null where there are none. */
  | { kind: 'file'; replyTo: number; outcome: Outcome<Uint8Array | null> };

/** A session's record under its new epoch, and its latest events in order. */
export type Activation = {
  record: SessionRecord;
  events: StoredEvent[];
  /** Those of its workspace and its project that hold on, and are too old to be among the events. */
  olderEvents?: StoredEvent[];
  /** How often in a row its engine has died while it was at work. */
  crashes?: number;
};

/** The main thread's messages to persistence. */
export type MainToPersistence =
  | { kind: 'attachHost'; host: number; port: MessagePort }
  /** PostgreSQL answers the main thread again, after it was silent. */
  | { kind: 'databaseAnswers' }
  /** Others have declared this engine's run dead, and it goes on as another run. */
  | { kind: 'runBegan'; runId: string }
  /** Makes sessions nobody's that are in no host's memory, once all is stored that was written before. */
  | { kind: 'give'; replyTo: number; sessions: readonly Pick<SessionRecord, 'sessionId' | 'epoch'>[] }
  | { kind: 'metrics'; replyTo: number }
  | { kind: 'drain'; replyTo: number };

/** Persistence's messages to the main thread; frames are those of committed rows, in order. */
export type PersistenceToMain =
  /** `mayBeDelivered`: among the events is one that a webhook could want. */
  | { kind: 'frames'; frames: CommittedFrame[]; mayBeDelivered: boolean }
  | { kind: 'storage'; isAvailable: boolean; reason: string }
  | { kind: 'reply'; replyTo: number; outcome: Outcome<Reply> }
  | { kind: 'log'; entry: LogEntry };

export type CommittedFrame = { sessionId: string; epoch: number; sequence: number; frame: string; isLast: boolean };

/** The data that a host thread is started with; it has the settings too, since only the main thread reads the environment. */
export type HostData = {
  host: number;
  mainThread: MessagePort;
  persistence: MessagePort;
  config: HostConfig;
  /** The memory behind `HostStatus`. */
  hostStatus: SharedArrayBuffer;
};

/** The sandboxes in which a host's sessions act. */
export type SandboxConfig =
  /** There is no sandbox; the reason says what to do. */
  | { kind: 'none'; reason: string }
  | { kind: 'memory' }
  | LocalConfig
  /** `daemons`: the pool that containers are spread over; absent for the engine's own daemon. */
  | { kind: 'docker'; settings: DockerConfig; warm: number; daemons?: readonly DaemonConfig[] }
  | { kind: 'kubernetes'; settings: KubernetesConfig };

/** A Docker daemon of the pool: at a socket of this machine, or over TCP, with TLS where that leaves the machine. */
export type DaemonConfig = {
  /** What people call it, and no other daemon of the pool. */
  name: string;
  at: { socketPath: string } | { host: string; port: number; tls: DaemonTls | undefined };
};

/** The certificates of a pool, in PEM: who signed those of the daemons, and the engine's own with its key. */
export type DaemonTls = { ca: string; cert: string; key: string };

/** A host that the operator opens to sandboxes beside the public internet. */
export type OpenedHost = {
  /** A name, an address or a network such as `10.0.5.0/24`; without brackets. Its port is undefined for all of them. */
  host: string;
  port: number | undefined;
};

/** `host:port` of the operator's own git servers: they may be private, and may be asked over http. */
export type AllowedHosts = ReadonlySet<string>;

/** Folders under `base`; whether their commands can be confined is found out once, for all hosts. */
export type LocalConfig = { kind: 'local'; base: string; isConfined: boolean; openedHosts: readonly OpenedHost[] };

/** The settings of containers. */
export type DockerConfig = {
  /** The daemon of the pool; absent for the engine's own, which Docker's own variables name. */
  daemon?: DaemonConfig | undefined;
  image: string;
  containerPrefix: string;
  memoryBytes: number;
  /** Processors, for example 1.5. */
  cpus: number;
  /** A network of the operator; undefined for the engine's own, on which containers can't reach each other. */
  network: string | undefined;
  /** Whom commands run as: the image's unprivileged user, or the same as root of a namespace of its own. */
  user: 'agent' | 'namespace-root';
  /** The images that a repository may ask for: whole names, or beginnings with `*`. */
  devcontainerImages: readonly string[];
  /** An OCI runtime such as `runsc`; undefined for Docker's default. */
  runtime: string | undefined;
  workspaceBytes: number;
  /** Where workspaces are; on disk as far as the machine gives them disks. */
  workspaceKind: 'disk' | 'memory';
  openedHosts: readonly OpenedHost[];
  /** Whether containers may be started on a network from which they reach the machine. */
  mayBeOpen: boolean;
  /** The port on which the engine listens, which no container may reach. */
  enginePort: number;
  /** The folder of a relay in the machine's network, for an engine that is in a container itself. */
  gitRelay: string | undefined;
  /** Whom the containers belong to, an engine or those that share them; sessions may still have what former owners made. */
  engineId: string;
  formerOwners?: 'any' | readonly string[];
  /** This start of the host; warm containers of an earlier start are removed. */
  runId: string;
};

/** The models that are asked, and the engine's own keys for them. */
export type ModelsConfig = {
  /** Keys by provider; `llm` is for providers without a key of their own. */
  keys: Readonly<Record<ProviderName | 'llm', string | undefined>>;
  /** All of the engine's secrets, which are masked since an agent's command could print them. */
  secrets?: readonly string[];
  /** The model of each provider. */
  modelNames: Readonly<Record<ProviderName, string>>;
  /** The models that people may choose, as `provider/model` or a beginning with `*`; absent for all. */
  allowed?: readonly string[] | undefined;
  /** What the operator says of models, over what is known of them. */
  own?: OwnModels | undefined;
  /** The address in place of the providers' own, without a slash at the end. */
  baseUrl?: string | undefined;
  /** Shorter times for tests; never set by the engine itself. */
  bounds?: { firstSignTimeoutMs?: number; nextSignTimeoutMs?: number; retryWaitMsMax?: number };
};

/** The proxies that the engine itself goes through, at least one, as URLs that may hold a password. */
export type Proxies = {
  http?: string | undefined;
  https?: string | undefined;
  /** Hosts that are asked directly, separated by commas. */
  except: string;
};

export type HostConfig = {
  /** The sandboxes of real agents and of those that a script plays; and the base folder of folders from before. */
  sandboxes: { agents: SandboxConfig; mock: SandboxConfig; formerFolders?: string | undefined };
  models: ModelsConfig;
  gitAllowedHosts: AllowedHosts;
  /** The operator's MCP servers, and the hosts that those of sessions may have beside the public internet. */
  mcp?: { servers: readonly OperatorMcpServer[]; allowedHosts: AllowedHosts };
  /** Absent where providers and git servers are asked directly. */
  proxies?: Proxies | undefined;
  iterationsMax: number;
  conversationTimeoutMs: number;
  budgets: Budgets;
  mockStepDelayMs: number;
  reconnectGraceMs: number;
  hibernateAfterMs: number;
  /** Where workspaces are kept outside of their sandboxes; absent where they aren't. */
  workspaceStore?: WorkspaceStoreConfig | undefined;
  /** What the operator wants every agent to know. */
  operator: OperatorKnowledge;
  /** The operator's hooks, which run in every session. */
  hooks?: Hooks | undefined;
};

/** The operator's own instructions and skills, which the main thread has read from its files. */
type OperatorKnowledge = { instructions?: string | undefined; skills: readonly OperatorSkill[] };

/** A folder with `SKILL.md` and what belongs to it; `path` from that folder. */
export type OperatorSkill = { name: string; description: string; files: { path: string; bytes: Uint8Array }[] };

export type PersistenceData = {
  mainThread: MessagePort;
  /** The run that owns the sessions that are opened or claimed. */
  runId: string;
  databaseUrl: string;
  /** Whether rows are dropped instead of written, for measurements; never set by the engine itself. */
  dropsRows: boolean;
  /** Whether each batch and claim is logged. */
  isDebug: boolean;
};

/** What the thread that delivers to webhooks is started with. */
export type WebhookThreadData = {
  mainThread: MessagePort;
  databaseUrl: string;
  encryptionKey: string | undefined;
  rules: WebhookRules;
  /** Absent where receivers are asked directly. */
  proxies?: Proxies | undefined;
};

/** Which URLs webhooks may have. */
export type WebhookRules = {
  allowedHosts: AllowedHosts;
  /** Whether hosts of the public internet may be asked over http too: in development. */
  mayBePlain: boolean;
};

/** What it tells the main thread: what to log, and what a try has come to. */
export type WebhooksToMain = { kind: 'log'; entry: LogEntry } | { kind: 'tried'; outcome: 'taken' | 'failed' };

/** What the main thread tells it: that deliveries were stored, or that it has to end. */
export type MainToWebhooks = { kind: 'wake' } | { kind: 'end' };
