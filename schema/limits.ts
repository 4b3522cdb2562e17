// Limits that two layers, clients or operators must agree on, each with its unit and reason; others are in their own files.
import { messageLimits } from './message-limits.ts';

export const limits = {
  ...messageLimits,
  /** A REST body: many times a task and its settings; more is refused before it is buffered. */
  bodyBytesMax: 1024 * 1024,
  /** A file as a request's body: images and archives of some thousand files. */
  uploadBytesMax: 10 * 1024 * 1024,
  /** Bytes of pictures and attached files that are kept for one session. */
  sessionFilesBytesMax: 64 * 1024 * 1024,
  /** Request line and headers together, without cookies: far more than a JWT and a browser's headers. */
  headersBytesMax: 4 * 1024,
  /** The cookies by themselves: other ports of the same host set theirs too, which browsers send along. */
  cookieBytesMax: 16 * 1024,
  /** The nesting of a client's JSON, so that a hostile body can't overflow a stack. */
  jsonDepthMax: 32,

  /** What of a question, a plan or a call's input a person is shown: as much as anybody reads before they decide. */
  waitCharsMax: 16_000,
  /** Answers that a question offers to choose from. */
  waitOptionsMax: 10,
  /** How long a person may take by default, and at most. */
  waitSecondsDefault: 86_400,
  waitSecondsMax: 30 * 86_400,
  /** Rules of one policy: each is compared with every call. */
  policyRulesMax: 100,
  /** Hooks before and after calls, each, of one file, and that file: each is compared with every call. */
  hooksMax: 20,
  hooksFileBytesMax: 64 * 1024,
  /** A hook's command, how long it may take, and what of its output is told: a formatter's or linter's. */
  hookCharsMax: 4_000,
  hookSecondsMax: 600,
  hookOutputCharsMax: 4_000,
  /** A call's input that a hook gets: more than a variable of a process should hold. */
  hookInputCharsMax: 32_000,
  /** What a rule compares. */
  policyTextCharsMax: 1_000,
  /** Folders of a rule's path, and of all paths that a call names together: each of the former is compared with each of the latter. */
  policyPathPartsMax: 20,
  callPathPartsMax: 5_000,
  /** A title, which is the column's width. */
  titleCharsMax: 255,
  /** Shares of one session that haven't expired: each is a door to it, and people must be able to look through the list. */
  sharesPerSessionMax: 20,
  /** How long a share holds: long enough to be opened, short enough that a forgotten one closes by itself. */
  shareSecondsMin: 60,
  shareSecondsDefault: 7 * 86_400,
  shareSecondsMax: 30 * 86_400,
  /** Webhooks of one user: each is a row that every event of theirs is compared with. */
  webhooksPerUserMax: 10,
  /** The secret of a webhook, in bytes: what the Standard Webhooks specification takes. */
  webhookSecretBytesMin: 24,
  webhookSecretBytesMax: 64,
  /** How long a delivery is tried before its webhook is disabled. */
  webhookPatienceMs: 86_400_000,
  /** How long deliveries are listed and can be sent again. */
  webhookDeliveriesKeptMs: 7 * 86_400_000,
  /** The largest sequence that PostgreSQL's `integer` holds. */
  sequenceMax: 2_147_483_647,
  /** Identifiers that callers choose: user, project, command. */
  idCharsMax: 255,
  /** A URL; longer ones don't pass everywhere. */
  urlCharsMax: 2_048,
  /** A key or a token. */
  secretCharsMax: 8_192,
  /** What a user wants of the agent in every turn of a session: each request to a model has it in front. */
  instructionsCharsMax: 20_000,
  /** Steps and seconds of one turn, at most: a day's work. */
  iterationsMax: 10_000,
  turnSecondsMax: 86_400,
  /** A budget in US dollars: more than one answer costs nothing, and less than a typing error. */
  budgetUsdMin: 0.001,
  budgetUsdMax: 100_000,
  /** Tools that a choice names: all of the engine's and those of several servers. */
  toolsMax: 200,
  /** A path, as long as Linux allows. */
  pathCharsMax: 4_096,

  /** `content` of an agent event on the wire; PostgreSQL keeps the whole. */
  wireContentCharsMax: 2_000,
  /** `thought` of an agent event on the wire. */
  wireThoughtCharsMax: 1_000,
  /** `diff` of an agent event on the wire: an edit of some hundred lines. */
  wireDiffCharsMax: 10_000,
  /** One observation, to which a tool cuts its output. */
  observationCharsMax: 100_000,

  /** Sessions in memory over all hosts: 0.6 GB at rest (12 KB each, measured), some 1 GB where many work (20 KB, estimated). */
  sessionsMax: 50_000,
  /** The default of `MAX_SESSIONS_PER_USER`: one user's live sessions, so that one can't fill the whole engine. */
  sessionsPerUserMax: 20_000,
  /** Events that an activated actor reads back, some 250 steps: more than a model is shown before older ones are summed up. */
  transcriptEventsMax: 750,

  /** Events of one fork's copy, as many as `GET /chats/{id}` reads, and their bytes: a second of PostgreSQL's time. */
  forkEventsMax: 10_000,
  forkBytesMax: 64 * 1024 * 1024,

  /** Rows read at once while history is replayed. */
  replayPageRows: 500,

  /** Tree entries of `GET /files/list`. */
  treeEntriesMax: 5_000,
  /** Changed files of one list of changes: as many as a tree shows. */
  changesMax: 5_000,
  /** Bytes of one file's diff. */
  diffBytesMax: 1024 * 1024,
  /** Bytes of one `GET /files/read`. */
  fileBytesMax: 1024 * 1024,

  /** Bytes of the files of one archive of a workspace, and its files and folders, whose names are in memory at once. */
  archiveBytesMax: 512 * 1024 * 1024,
  archiveEntriesMax: 50_000,
  /** Bytes of a patch of all changes, which lies in the session's home meanwhile. */
  patchBytesMax: 16 * 1024 * 1024,

  /** Bytes of one snapshot of a workspace, compressed; it lies in the session's home until it is stored. */
  snapshotBytesMax: 512 * 1024 * 1024,
  /** Bytes of a snapshot that are in memory at once. */
  snapshotPartBytes: 2 * 1024 * 1024,

  /** Rows of one page: of chats, of messages, of what a sweep asks about. */
  pageRowsMax: 1_000,

  /** Days and users of one list of costs: a quarter of a year, and as many as a chart can show in their own colour and more. */
  costDaysMax: 92,
  costUsersMax: 100,
  /** How long an engine may wait for the turns on it before it ends: longer than turns take. */
  drainSecondsMax: 86_400,

  /** A command whose call names no time: enough for builds and test suites, and all that a foreground server costs. */
  commandDefaultTimeoutMs: 300_000,

  /** How often the reaper looks for leftovers and idle sandboxes; those of a crash are gone after two looks. */
  reaperIntervalMs: 10_000,
  /** How long a fresh shell may take to answer. */
  shellOpenTimeoutMs: 10_000,
  /** How long a killed command has to end before harder means are used. */
  killPatienceMs: 1_000,

  /** The first port of the git proxies for containers, the only ports that the network's firewall lets through. */
  gitPortMin: 21_300,
  /** The number of those ports: one for each host thread, 64 at most, and for those that were replaced. */
  gitPortsMax: 256,
  /** Headers of a request to the git proxy; git's own stay below 1 KiB. */
  gitHeadersBytesMax: 16 * 1024,

  /** One answer of a model, thinking included: less than models can write, and more than a step needs. */
  answerTokensMax: 32_000,

  /** How often a host looks for sessions that were idle too long, or turns that took too long. */
  sweepIntervalMs: 1_000,
  /** How often an engine looks for sessions that rest and whose wait for a person is over: a look takes a millisecond. */
  overdueWaitsIntervalMs: 5_000,
  /** How long PostgreSQL may take to answer `SELECT 1`, which takes a millisecond, on a busy machine a hundred. */
  databaseProbeTimeoutMs: 2_000,
  /** When PostgreSQL itself ends a statement of a batch, so that it doesn't block its own repetition. */
  databaseWriteTimeoutMs: 8_000,
  /** How long a batch (65 ms) or a claim may take before its connection counts as dead: longer than its statements may. */
  databaseSilenceTimeoutMs: 10_000,
  /** How often a run shows on the database that it is alive. */
  runBeatIntervalMs: 1_000,
  /** Deaths of its host within `crashWindowMs` after which a session that was at work is still activated again. */
  reactivationsMax: 3,
} as const;
