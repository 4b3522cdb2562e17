// What two layers, clients or operators must agree on, each with its unit in its name and its reason beside it. A bound of one file stands there.

export const limits = {
  /** A REST body. A task and its settings fit many times over; more is refused before it is buffered. */
  bodyBytesMax: 1024 * 1024,
  /** Request line and headers together. A JWT and ordinary browser headers stay far below. */
  headersBytesMax: 4 * 1024,
  /** A WebSocket frame from a client. */
  frameBytesMax: 256 * 1024,
  /** Nesting of a client's JSON, so that a hostile body can't overflow a stack. */
  jsonDepthMax: 32,

  /** A task or message in characters; what a model could read in one go, and half of a frame. */
  taskCharsMax: 100_000,
  /** A title: the column's width. */
  titleCharsMax: 255,
  /** A sequence: what PostgreSQL's `integer` holds. */
  sequenceMax: 2_147_483_647,
  /** Identifiers that callers choose: user, project, command. */
  idCharsMax: 255,
  /** Longer ones don't pass everywhere. */
  urlCharsMax: 2_048,
  /** A key or a token. */
  secretCharsMax: 8_192,
  /** What Linux takes. */
  pathCharsMax: 4_096,

  /** `content` of an agent event on the wire; PostgreSQL keeps the whole. */
  wireContentCharsMax: 2_000,
  /** `thought` of an agent event on the wire. */
  wireThoughtCharsMax: 1_000,
  /** `diff` of an agent event on the wire: an edit of some hundred lines. */
  wireDiffCharsMax: 10_000,
  /** What one observation may keep; a tool cuts its output to this. */
  observationCharsMax: 100_000,

  /** Sessions in memory over all hosts: 0.6 GB at rest (12 KB each, measured), some 1 GB where many work (20 KB, estimated). */
  sessionsMax: 50_000,
  /** What `MAX_SESSIONS_PER_USER` is without being set: live sessions of one user, so that one can't take the whole engine. */
  sessionsPerUserMax: 20_000,
  /** Events an activated actor reads back, some 250 steps: more than a model is shown before the older are summed up. */
  transcriptEventsMax: 750,

  /** Rows read at once while history is replayed. */
  replayPageRows: 500,

  /** Tree entries of `GET /files/list`. */
  treeEntriesMax: 5_000,
  /** Bytes of one `GET /files/read`. */
  fileBytesMax: 1024 * 1024,

  /** Rows of one page: of chats, of messages, of what a sweep asks about. */
  pageRowsMax: 1_000,

  /** A command whose call names no time: builds and test suites end in it, a server left in the foreground costs no more. */
  commandDefaultTimeoutMs: 300_000,

  /** How often leftovers and idle sandboxes are looked for; a crash leaves none for more than two looks. */
  reaperIntervalMs: 10_000,
  /** How long a fresh shell may take to answer. */
  shellOpenTimeoutMs: 10_000,
  /** How long a killed command gets to be gone before harder means are used. */
  killPatienceMs: 1_000,

  /** Where the git proxies for containers listen, each on a port of its own: all that the network's firewall lets through. */
  gitPortMin: 21_300,
  /** One for each host thread of the engine, 64 at most, and for those that were replaced. */
  gitPortsMax: 256,
  /** Headers of a request to the git proxy; git's own stay below 1 KiB. */
  gitHeadersBytesMax: 16 * 1024,

  /** What a model may write in one answer, thinking included. Models write more, but an agent's step needs less. */
  answerTokensMax: 32_000,

  /** How often a host looks for sessions that were idle too long, or turns that took too long. */
  sweepIntervalMs: 1_000,
  /** `SELECT 1` takes a millisecond, on a busy machine a hundred; longer than this is no answer. */
  databaseProbeTimeoutMs: 2_000,
  /** PostgreSQL itself ends a statement of a batch after this, so that it doesn't hold up its own repetition. */
  databaseWriteTimeoutMs: 8_000,
  /** A batch (65 ms) or a claim, until its connection is taken for dead: behind the limit of its statements. */
  databaseSilenceTimeoutMs: 10_000,
  /** How often a start of the engine shows on the database that it is alive. */
  runBeatIntervalMs: 1_000,
  /** In `crashWindowMs`: how often a session that was at work when its host died is activated again before it is given up. */
  reactivationsMax: 3,
} as const;
