// The messages between threads: what goes round the ring, and what takes the direct way back.
import type { MessagePort } from 'node:worker_threads';
import type { Failure, Outcome } from './error.ts';
import type { StoredEvent } from './event.ts';
import type { FileContent, FilePart, Tree } from './file.ts';
import type { LogEntry } from './log.ts';
import type {
  ProviderName,
  SessionIdentity,
  SessionRecord,
  SessionSecrets,
  SessionSettings,
  StoredState,
} from './session.ts';

/** A client's command on its way to an actor. `id` is the client's, or ours. */
export type Command =
  | { type: 'message'; id: string; content: string }
  | { type: 'interrupt'; id: string }
  | { type: 'stop'; id: string };

/** Which session, and how many sockets it has now: an actor that is activated by the message knows it at once. */
export type SessionAddress = { sessionId: string; clients: number };

/** What the main thread asks of a host. Everything with `replyTo` gets exactly one reply. */
export type ToHost =
  | {
      kind: 'create';
      replyTo: number;
      identity: SessionIdentity;
      settings: SessionSettings;
      secrets: SessionSecrets;
      /** The same as its row may keep them; null where they aren't kept. */
      sealedSecrets: string | null;
      /** Id of the command that is the initial task. */
      commandId: string;
      /** Sockets attached from the first moment; with none the session waits, unless `autoStart`. */
      clients: number;
      autoStart: boolean;
    }
  | ({ kind: 'command'; replyTo: number; command: Command } & SessionAddress)
  | ({ kind: 'clients' } & SessionAddress)
  /** The session is not to be activated any more; its last event says why. */
  | { kind: 'giveUp'; sessionId: string; failure: Failure }
  /** Others may own every session by now: their actors end, as if fenced. */
  | { kind: 'abandon' }
  /** The answer to `secretsWanted`, or new ones that a client brought. */
  | { kind: 'secrets'; sessionId: string; secrets: SessionSecrets }
  | ({ kind: 'listFiles'; replyTo: number } & SessionAddress)
  | ({ kind: 'readFile'; replyTo: number; path: string; part: FilePart } & SessionAddress)
  | { kind: 'metrics'; replyTo: number }
  | { kind: 'drain'; replyTo: number };

/** What a host tells the main thread directly. */
export type FromHost =
  | { kind: 'reply'; replyTo: number; outcome: Outcome<Reply> }
  /** A frame for the sockets of one session that is never stored: deltas, file trees. */
  | { kind: 'transient'; sessionId: string; frame: string }
  | { kind: 'passivated'; sessionId: string }
  /** It waits for a sandbox at this place, from 1; 0 when its turn has come. */
  | { kind: 'queued'; sessionId: string; position: number }
  /** A session can't go on, and its clients must hear why. */
  | { kind: 'lost'; sessionId: string; failure: Failure }
  /** A session is being activated whose caller gave secrets; the main thread keeps them. */
  | { kind: 'secretsWanted'; sessionId: string }
  /** How many sandboxes its actors hold, whenever that has changed. */
  | { kind: 'sandboxes'; held: number }
  | { kind: 'log'; entry: LogEntry };

export type Reply =
  | { kind: 'created' }
  /** The command is stored. Where it had been stored before, its acknowledgement comes along once more. */
  | { kind: 'done'; sequence: number; acknowledgement?: string }
  | { kind: 'tree'; tree: Tree }
  | { kind: 'file'; file: FileContent }
  | { kind: 'metrics'; metrics: unknown[] }
  | { kind: 'drained' };

/** One thing to store, made by a host. Each names its session and epoch: a stale epoch's write is refused. */
export type Write =
  | {
      kind: 'open';
      sessionId: string;
      epoch: number;
      record: SessionRecord;
      isActive: boolean;
      sealedSecrets: string | null;
    }
  | {
      kind: 'event';
      /** The row's key, so that the write can be repeated. */
      rowId: string;
      sessionId: string;
      epoch: number;
      chatId: string;
      event: StoredEvent;
      /** The bytes sockets get once the row is committed. */
      frame: string;
      /** The session's last event: its sockets close after it. */
      isLast: boolean;
    }
  | { kind: 'update'; sessionId: string; epoch: number; chatId: string; isActive: boolean; state: StoredState };

export type EventWrite = Extract<Write, { kind: 'event' }>;
export type OpenWrite = Extract<Write, { kind: 'open' }>;
export type UpdateWrite = Extract<Write, { kind: 'update' }>;

export type ToPersistence = { kind: 'writes'; writes: Write[] } | { kind: 'activate'; sessionId: string };

/** What persistence tells the host that wrote. */
export type FromPersistence =
  /** `[sessionId, sequence]` pairs flattened; the session's rows up to there are committed. Opens say 0. */
  | { kind: 'committed'; positions: (string | number)[]; writes: number }
  | { kind: 'fenced'; sessionIds: string[] }
  /** There is no record of these sessions any more: their chats were deleted, or they were refused themselves. */
  | { kind: 'gone'; sessionIds: string[] }
  /** An event could not be stored and nothing could be stored in its place; sequence 0 is the session itself. */
  | { kind: 'refused'; sessionId: string; sequence: number; reason: string }
  /** An event could not be stored; this one, which says why, is stored in its place. Comes before its `committed`. */
  | { kind: 'replaced'; event: StoredEvent }
  | { kind: 'activated'; sessionId: string; outcome: Outcome<Activation> };

/** A session's record under its new epoch, and its latest events in order. */
export type Activation = { record: SessionRecord; events: StoredEvent[] };

/** What the main thread asks of persistence. */
export type MainToPersistence =
  | { kind: 'attachHost'; host: number; port: MessagePort }
  /** PostgreSQL was silent, and answers the main thread again. */
  | { kind: 'databaseAnswers' }
  /** Others had declared this engine's run dead; it goes on as another one. */
  | { kind: 'runBegan'; runId: string }
  | { kind: 'metrics'; replyTo: number }
  | { kind: 'drain'; replyTo: number };

/** What persistence tells the main thread: frames of committed rows, in order. */
export type PersistenceToMain =
  | { kind: 'frames'; frames: CommittedFrame[] }
  | { kind: 'storage'; isAvailable: boolean; reason: string }
  | { kind: 'reply'; replyTo: number; outcome: Outcome<Reply> }
  | { kind: 'log'; entry: LogEntry };

export type CommittedFrame = { sessionId: string; epoch: number; sequence: number; frame: string; isLast: boolean };

/** What a host thread is started with: values only, since `process.env` is read on the main thread alone. */
export type HostData = {
  host: number;
  mainThread: MessagePort;
  persistence: MessagePort;
  config: HostConfig;
  /** Laid out by `HostStatus`. */
  hostStatus: SharedArrayBuffer;
};

/** Which sandboxes a host's sessions act in. */
export type SandboxConfig =
  /** None can be had; the reason says what to do. */
  | { kind: 'none'; reason: string }
  | { kind: 'memory' }
  | LocalConfig
  | { kind: 'docker'; settings: DockerConfig; warm: number };

/** Folders under `base`; whether their commands are confined is found out once, for all hosts. */
/** What the operator opens to sandboxes beside the public internet. */
export type OpenedHost = {
  /** A name, an address or a network such as `10.0.5.0/24`; without brackets. */
  host: string;
  /** Undefined for all. */
  port: number | undefined;
};

/** `host:port` of the operator's own git servers: they may be private, and may be asked over http. */
export type AllowedHosts = ReadonlySet<string>;

export type LocalConfig = { kind: 'local'; base: string; isConfined: boolean; openedHosts: readonly OpenedHost[] };

/** What a container is made with. */
export type DockerConfig = {
  image: string;
  containerPrefix: string;
  memoryBytes: number;
  /** Processors, for example 1.5. */
  cpus: number;
  /** A network of the operator's, or undefined for the engine's own, on which containers can't reach each other. */
  network: string | undefined;
  /** An OCI runtime such as `runsc`, or undefined for Docker's default. */
  runtime: string | undefined;
  workspaceBytes: number;
  /** What the operator opens to sandboxes beside the public internet. */
  openedHosts: readonly OpenedHost[];
  /** Whether containers may be started on a network from which they reach the machine. */
  mayBeOpen: boolean;
  /** Where the engine listens: what no container may reach. */
  enginePort: number;
  /** The folder of a relay in the machine's network, for an engine that is in a container itself. */
  gitRelay: string | undefined;
  /** Whose containers these are: only those of one engine are ever touched by it. */
  engineId: string;
  /** This start of the host: a warm container of an earlier one is nobody's. */
  runId: string;
};

/** Which models are asked, and with which of the engine's own keys. */
export type ModelsConfig = {
  /** By provider; `llm` is the one for all that have none. */
  keys: Readonly<Record<ProviderName | 'llm', string | undefined>>;
  /** All of the engine's secrets, which a real agent's command could print: masked. */
  secrets?: readonly string[];
  /** By provider, the model that is asked; its default where none is named. */
  modelNames: Readonly<Record<ProviderName, string>>;
  /** In place of the providers' own addresses, without a slash at the end. */
  baseUrl?: string | undefined;
  /** Smaller than in life, for tests. Never set by the engine itself. */
  bounds?: { firstSignTimeoutMs?: number; nextSignTimeoutMs?: number; retryWaitMsMax?: number };
};

/** The engine's own way out, as URLs that may hold a password. At least one is there. */
export type Proxies = {
  http?: string | undefined;
  https?: string | undefined;
  /** Hosts that are asked directly, separated by commas. */
  except: string;
};

export type HostConfig = {
  /** Where agents act, and where those that a script plays; and the storage folder where sandboxes were folders before. */
  sandboxes: { agents: SandboxConfig; mock: SandboxConfig; formerFolders?: string | undefined };
  models: ModelsConfig;
  gitAllowedHosts: AllowedHosts;
  /** Absent where providers and git servers are asked directly. */
  proxies?: Proxies | undefined;
  iterationsMax: number;
  conversationTimeoutMs: number;
  mockStepDelayMs: number;
  reconnectGraceMs: number;
  hibernateAfterMs: number;
};

export type PersistenceData = {
  mainThread: MessagePort;
  /** This start of the engine: what it opens or claims is marked as its own. */
  runId: string;
  databaseUrl: string;
  /** For measurements: rows are dropped instead of written, everything else stays. Never set by the engine itself. */
  dropsRows: boolean;
  /** Whether each batch and claim is told to the log. */
  isDebug: boolean;
};
