// Every bound of the engine, each with its unit in its name and its reason beside it.

export const limits = {
  /** A REST body. A task and its settings fit many times over; more is refused before it is buffered. */
  bodyBytesMax: 1024 * 1024,
  /** Request line and headers together. A JWT and ordinary browser headers stay far below. */
  headersBytesMax: 4 * 1024,
  /** A WebSocket frame from a client. */
  frameBytesMax: 256 * 1024,
  /** What uWebSockets.js reads at most before it cuts the socket itself; between the two we answer in words. */
  frameBytesHardMax: 4 * 1024 * 1024,
  /** A frame of somebody who hasn't said who it is: a task and a token fit many times. */
  anonymousFrameBytesMax: 16 * 1024,
  /** What unfinished frames of all of them may take: 256 such sockets at once, each of which is heard within a second or so. */
  anonymousBytesMax: 64 * 1024 * 1024,
  /** Frames of one socket that are heard in one turn of the event loop: people send one, scripts a few dozen. */
  framesPerTurnMax: 100,
  /** Frames of all sockets in a turn: a command takes 25 µs here, so nobody waits long for the others. */
  allFramesPerTurnMax: 1_000,
  /** Frames that waited, of all together in a turn. */
  waitingFramesPerTurnMax: 200,
  /**
   * Frames and bytes of one socket that wait for their turn, and bytes of all: more at once is a flood, and closes it. Only to
   * take in 10,000 frames holds everybody up for 14 to 47 ms.
   */
  framesWaitingMax: 2_000,
  framesWaitingBytesMax: 1024 * 1024,
  allFramesWaitingBytesMax: 64 * 1024 * 1024,
  /** Frames of one socket in a row that may be refused for what they are: no client goes on like that by mistake. */
  refusalsInRowMax: 2_000,
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
  urlCharsMax: 2_048,
  secretCharsMax: 8_192,
  /** Shorter secrets aren't masked: they would be found in ordinary words. No vendor makes such. */
  maskedCharsMin: 8,
  pathCharsMax: 4_096,

  /** `content` of an agent event on the wire; PostgreSQL keeps the whole. The contract's number. */
  wireContentCharsMax: 2_000,
  /** `thought` of an agent event on the wire. The contract's number. */
  wireThoughtCharsMax: 1_000,
  /** `diff` of an agent event on the wire: an edit of some hundred lines. */
  wireDiffCharsMax: 10_000,
  /** What one observation may keep; a tool cuts its output to this. */
  observationCharsMax: 100_000,

  /** What `COMMANDS_PER_SECOND` is without being set: many times what a person does, and a script that needs more can wait. */
  commandsPerSecond: 50,
  /** The time in which a user's commands are counted, so that a burst of twice a second's is taken. */
  commandWindowMs: 2_000,
  /** Users whose commands are counted at once, at some 300 bytes each. */
  commandUsersMax: 50_000,
  /** Commands that wait for one actor. A person types one; a script that sends more is told to wait. */
  mailboxCommandsMax: 64,
  /** Commands and new sessions on their way through one host until they are stored: one batch being written, and the next. */
  hostRequestsMax: 4_000,
  /** Bytes of their texts, which several threads hold at once. */
  hostRequestBytesMax: 8 * 1024 * 1024,
  /** Sessions in memory over all hosts; at 20 KB each, a quarter of a small machine. */
  sessionsMax: 50_000,
  /** What `MAX_SESSIONS_PER_USER` is without being set: live sessions of one user, so that one can't take the whole engine. */
  sessionsPerUserMax: 20_000,
  /** Rows that one host has handed on and that PostgreSQL has not committed yet. */
  outboxWritesMax: 20_000,
  /** Bytes of them: what a host may make the engine hold while PostgreSQL is away, besides the steps that agents had begun. */
  outboxBytesMax: 64 * 1024 * 1024,
  /** Rows that a host gathers before it hands them on, though it is still busy: so PostgreSQL works meanwhile (measured). */
  outboxPostWritesMax: 256,
  /** Rows of one batch: one insert is at its best near a thousand (37,500 to 47,000 rows/s; 29,700 to 40,700 in batches of 300). */
  batchRowsMax: 2_000,
  /** Bytes of text in one batch, so that a few huge rows don't make a statement of hundreds of megabytes. */
  batchBytesMax: 16 * 1024 * 1024,
  /** Sessions claimed between two batches, 20 ms each with a long history: those that are back don't wait for all others. */
  claimsAtOnceMax: 4,
  /** Events an activated actor reads back, some 250 steps: more than a model is shown before the older are summed up. */
  transcriptEventsMax: 750,
  /** How many more it may have in memory before the older ones are left to PostgreSQL. */
  transcriptSlackEvents: 150,
  /** Recent command ids an actor remembers, to answer a repeated command with its first acknowledgement. */
  commandIdsMax: 750,

  /** Open WebSockets. The machine's descriptors are the real bound (20,000 measured); the rest is for REST and files. */
  socketsMax: 18_000,
  /** Bytes waiting for one socket that does not read; beyond, it is closed and resumes from its position. */
  socketPendingBytesMax: 1024 * 1024,
  /** Live frames kept for a socket while its history is replayed; more are read back from PostgreSQL instead. */
  replayPendingFramesMax: 50,
  /** Sent at once while history is replayed: a quarter of what may be pending, of which half is free by then. */
  replayChunkBytes: 256 * 1024,
  /** Rows read at once while history is replayed. */
  replayPageRows: 500,
  /** Frames kept while a connection's first message is being verified. */
  framesBeforeReadyMax: 16,

  /** Tree entries of `GET /files/list`. */
  treeEntriesMax: 5_000,
  /** Bytes of one `GET /files/read`. */
  fileBytesMax: 1024 * 1024,
  /** Files of one in-memory sandbox, and their bytes together. */
  memoryFilesMax: 1_000,
  memoryBytesMax: 8 * 1024 * 1024,

  /** Messages of `GET /chats/{id}`; a longer chat is read page by page. */
  chatMessagesMax: 10_000,
  pageRowsMax: 1_000,
  /** Users known to exist, remembered so that a session's start needs no query. */
  knownUsersMax: 50_000,
  /** Spellings of `Host` that were found good, remembered; each engine is called by a few. */
  knownHostsMax: 1_000,
  /** Lines about those who are refused, in one window: enough to see who it is, too few to fill a disk. */
  refusalLinesMax: 100,
  refusalLinesWindowMs: 10_000,
  /** What proxies say about who is behind them, as far as it is logged. */
  forwardedCharsMax: 200,
  /** Verified tokens remembered until they expire. */
  verifiedTokensMax: 20_000,
  verifiedTokenMs: 60_000,
  /** Keys whose verdict is remembered: a good one for minutes, another shortly, since it may be mended. */
  checkedKeysMax: 10_000,
  goodKeyMs: 300_000,
  doubtfulKeyMs: 10_000,

  /** A command whose call names no time: builds and test suites end in it, a server left in the foreground costs no more. */
  commandDefaultTimeoutMs: 300_000,
  /** A search through a workspace; ripgrep takes a second for a gigabyte. */
  searchTimeoutMs: 30_000,
  /** Lines that a search returns; who gets more has to ask more precisely. */
  searchMatchesMax: 200,
  /** Characters of the text of one of them: code is narrower, a minified file isn't. Paths are never cut. */
  searchLineCharsMax: 300,
  /** Characters of all of them: 200 lines of text, and paths of any length as far as there is room. */
  searchCharsMax: 90_000,
  /** What a search's programs may print before they are cut off: what is shown, in lines of 20,000 bytes. */
  searchBytesMax: 4 * 1024 * 1024,
  /** One read of a file: some 1,500 lines of code, or 17,000 tokens. */
  readCharsMax: 60_000,
  /** Entries that a folder is listed with. */
  listingEntriesMax: 500,
  /** Lines removed and added together, up to which a diff is made: 40 ms for the largest file, 300 ms for 2,000. */
  diffEditsMax: 500,
  /** A diff as stored: twice what goes on the wire. */
  diffCharsMax: 20_000,
  /** Occurrences of a text that are looked for; more are as ambiguous. */
  occurrencesMax: 1_000,
  /** Of what helps a model whose edit didn't fit: places shown, lines of each, characters of a line. */
  hintPlacesMax: 3,
  hintLinesMax: 12,
  hintLineCharsMax: 200,

  /** The same call with the same result in a row, at once: the second may be an oversight, the fourth shows nothing new. */
  sameCallsMax: 4,
  /** A few calls in turn with the same results: an edit and a test that fails the same way each time. */
  circlesMax: 4,
  /** How many calls such a circle has at most: with more of them in turn an agent is at work. */
  circleCallsMax: 4,
  /** Answers in a row whose calls fail in the same way: the second shows the model its mistake, the third that it doesn't see it. */
  sameErrorsMax: 3,
  /** A call that took so long has waited for something: a look at a file takes a tenth of it. */
  waitingCallMsMin: 1_000,
  /** A call that comes so long after the last result is a look at what time has brought; a model's step takes 2 to 10 s. */
  lookAgainMsMin: 15_000,
  /** What is left of an older observation once a conversation grows long: its beginning and its end, 340 tokens. */
  shortenedCharsMax: 1_200,
  /** The same where that is still too much, and then of an older call's texts too. */
  squeezedCharsMax: 240,
  /** The newest answers of a conversation, which are never shortened: what the model acts on next. */
  newestAnswersKept: 2,

  /** Of a command's output: half from its beginning, half from its end. */
  outputBytesMax: 100_000,
  /** The screen that a command's output is shown on: more rows than any progress display redraws. */
  screenRowsMax: 60,
  /** Characters of one of them, then it goes on in the next; what redraws itself is made for 80 to 250. */
  screenRowCharsMax: 2_000,
  /** An answer of the program inside a sandbox: a megabyte of a file in base64, or a large tree. */
  sandboxAnswerBytesMax: 4 * 1024 * 1024,
  sandboxRequestTimeoutMs: 5_000,
  /** Commands that wait for one sandbox's shell: a model asks for a few at once, not more. */
  sandboxCommandsMax: 16,
  /** How much longer than its own limit a command may wait for a shell; with the kill's patience it stays below 5 s. */
  sandboxOpenSlackMs: 2_500,
  /** Connections of a host's confined sandboxes to the internet: each is two descriptors, of some 20,000. */
  reachConnectionsMax: 2_000,
  /** How long a server of the internet may take to accept a connection, its name included. */
  reachConnectTimeoutMs: 20_000,
  /** A connection of a sandbox on which nothing moves for so long is given up. */
  reachSilenceTimeoutMs: 600_000,
  /** A confined session's temporary files, which are in memory: what a compiler needs, times some. */
  localTemporaryBytesMax: 512 * 1024 * 1024,
  /** A confined session's shared memory in /dev/shm, as Docker gives it. */
  localSharedBytesMax: 64 * 1024 * 1024,
  /** How long the last words of a shell that has ended are waited for: they are in a pipe by then. */
  lastOutputPatienceMs: 50,
  /** Pipes for the output of earlier commands that something in the background holds open; then the oldest is dropped. */
  localLanesMax: 64,
  /** What a shell says at a command's end: its exit code and folder. Linux's paths are at most 4,096 bytes. */
  shellEndBytesMax: 8_192,
  /** The program inside a container answers in 30 ms; on a machine that starts many at once in a second. */
  agentStartTimeoutMs: 5_000,
  /** The end of a command takes 10 ms, of a fork bomb a second; an agent that takes longer isn't there any more. */
  killTimeoutMs: 2_500,
  /** A call of Docker's API; it answers in milliseconds, on a busy machine in tenths of a second. */
  dockerCallTimeoutMs: 4_000,
  /** A call that makes, starts or removes a container: 250 ms alone, seconds where many start at once. */
  dockerSlowCallTimeoutMs: 30_000,
  /** Containers that one host starts at once: more only slow each other (8 at once took 1,060 ms, one 220 ms). */
  sandboxStartsMax: 4,
  /** A container's options, which Docker's client also puts into the URL. */
  gateHeadersBytesMax: 64 * 1024,
  /** Likewise in the body. */
  gateBodyBytesMax: 256 * 1024,
  gateBodyTimeoutMs: 10_000,
  /** One for each container that is worked in, and for each request; each is two descriptors, of some 20,000. */
  gateConnectionsMax: 4_000,
  /** Sessions of one host that wait for a sandbox. */
  sandboxQueueMax: 200,
  /** Warm containers that are made at once, in the background of real starts. */
  warmStartsMax: 2,
  warmRetryMs: 10_000,
  /** How long an engine that ends waits for Docker to remove what it made. */
  dockerGoodbyeTimeoutMs: 8_000,
  /** How often it is asked whether containers could be started; while they couldn't, more often. */
  sandboxCheckIntervalMs: 30_000,
  sandboxCheckAgainMs: 5_000,
  /**
   * How often the firewall around containers is set anew and tried: who reloads the machine's own drops it. Two containers
   * for once take less than half a second of a processor.
   */
  wallIntervalMs: 60_000,
  /** How long ago a network without containers, or a container that doesn't run, was made, until it is taken for forgotten. */
  idleNetworkMs: 600_000,
  /** How often leftovers and idle sandboxes are looked for; a crash leaves none for more than two looks. */
  reaperIntervalMs: 10_000,
  /** A container that is being replaced, or started, is left alone for so long: both of Docker's slow calls, twice. */
  reaperGraceMs: 120_000,
  /** A workspace of which no row tells is kept for so long: who started on the wrong database for once finds it again. */
  unknownFolderMs: 7 * 24 * 3_600_000,
  /** The longest a timer of Node can be set to. */
  timerMsMax: 2_147_483_647,
  /** How long a fresh shell may take to answer. */
  shellOpenTimeoutMs: 10_000,
  /** How long a killed command gets to be gone before harder means are used. */
  killPatienceMs: 1_000,

  /** Where the gateways for containers listen, each on a port of its own: all that the network's firewall lets through. */
  gitPortMin: 21_300,
  /** One for each host thread of the engine, 64 at most, and for those that were replaced. */
  gitPortsMax: 256,
  /** A relay answers in milliseconds. */
  gitRelayTimeoutMs: 5_000,
  /** Headers of a request to the git gateway; git's own stay below 1 KiB. */
  gitHeadersBytesMax: 16 * 1024,
  /** How long a connection to the gateway may take to say what it wants. */
  gitHeadersTimeoutMs: 10_000,
  /** Connections to one host's gateway; each takes two descriptors while something passes. */
  gitConnectionsMax: 1_000,
  /** Those of one container, so that it can't take them all. */
  gitConnectionsPerAddressMax: 32,
  /** Requests of one session that pass at once: git makes one at a time, and an agent runs a few gits. */
  gitRequestsPerSessionMax: 8,
  /** Until a git server is connected to: its name resolved, its certificate checked. */
  gitConnectTimeoutMs: 10_000,
  /** Until a git server has said something, or taken something; git's own servers say something every 5 s. */
  gitSilenceTimeoutMs: 120_000,
  /** A request through the gateway, the transfer of a large pack included. */
  gitRequestTimeoutMs: 1_800_000,
  /** Times that a git server may say, of one request, that a repository has another path now. */
  gitRedirectsMax: 3,
  /** Setting git up in a sandbox takes 20 ms. */
  gitSetupTimeoutMs: 10_000,
  /** Cloning: what a user waits for before the first step. A hundred megabytes take 10 s on an ordinary line. */
  cloneTimeoutMs: 300_000,

  /** What a model may write in one answer, thinking included. Models write more, but an agent's step needs less. */
  answerTokensMax: 32_000,
  /** Characters of one answer: thoughts, text and calls. Many times what the tokens above can be. */
  answerCharsMax: 2 * 1024 * 1024,
  /** Calls in one answer; models ask for a handful at once. */
  answerCallsMax: 64,
  /** What a model that isn't known is taken to read: every current one reads at least this. */
  unknownContextTokensMax: 200_000,
  /** Until a model begins to answer. It reads a million tokens in about a minute. */
  modelFirstSignTimeoutMs: 120_000,
  /** Between two signs of an answer. Some models think without showing it, and send only pings meanwhile. */
  modelNextSignTimeoutMs: 180_000,
  /** How long a stream may stay open after its answer was complete; then the connection isn't kept. */
  modelGoodbyeTimeoutMs: 1_000,
  /** How often a vendor is asked again that is overloaded or limits us: about two minutes in all. */
  modelRetriesMax: 6,
  modelRetryWaitMsMin: 1_000,
  modelRetryWaitMsMax: 60_000,
  /** A vendor that asks for a longer wait than this gets none: people are told instead. */
  modelRetryAfterMsMax: 120_000,
  /** What a vendor says about a failure, as far as people are shown it. */
  modelErrorCharsMax: 300,
  /** Finding out whether a key works: one small request. */
  keyCheckTimeoutMs: 5_000,
  keyCheckBytesMax: 64 * 1024,

  firstMessageTimeoutMs: 30_000,
  /** How long a client that says its task again waits to hear whether the one before it is still there: some round trips. */
  answerTimeoutMs: 1_500,
  /** A reply from a host to the gateway. */
  requestTimeoutMs: 30_000,
  fileRequestTimeoutMs: 10_000,
  /** What `PING_INTERVAL` is without being set: proxies and load balancers cut what is silent for 60 s. */
  pingIntervalSeconds: 28,
  /** How soon `updatedAt` follows a message. */
  touchIntervalMs: 500,
  /** Output of a running command for live sockets: how often, and how much of it in one frame. */
  liveOutputIntervalMs: 100,
  liveOutputCharsMax: 8_000,
  /** At most one `file_tree` frame a session in this time. */
  fileTreeIntervalMs: 1_000,
  /** How often a host looks for sessions that were idle too long, or turns that took too long. */
  sweepIntervalMs: 1_000,
  /** How often the gateway asks whether PostgreSQL answers; while it doesn't, more often. */
  databaseProbeIntervalMs: 2_000,
  databaseProbeAgainMs: 500,
  /** How long a start waits for a PostgreSQL that isn't there before it asks again: twice as long each time. */
  databaseWaitMsMin: 500,
  databaseWaitMsMax: 10_000,
  /** `SELECT 1` takes a millisecond, on a busy machine a hundred; longer than this is no answer. */
  databaseProbeTimeoutMs: 2_000,
  /** Waiting for a connection, which takes 10 ms; with the longest pause between two tries less than the 5 s promised. */
  databaseConnectTimeoutMs: 2_500,
  /** PostgreSQL itself ends a statement of a batch after this, so that it doesn't hold up its own repetition. */
  databaseWriteTimeoutMs: 8_000,
  /** A connection that answered within this time is used as it is; another is asked first, which takes a millisecond. */
  databaseTrustMs: 2_000,
  /** A batch (65 ms) or a claim, until its connection is taken for dead: behind the limit of its statements. */
  databaseSilenceTimeoutMs: 10_000,
  /** A read of the gateway; a whole chat of 10,000 messages takes a second. */
  databaseReadTimeoutMs: 8_000,
  /** PostgreSQL lets go of the locks of a client that went silent in the middle of a transaction. */
  databaseIdleTransactionTimeoutMs: 5_000,
  /** How long a connection that is thrown away may take to close. */
  databaseGoodbyeTimeoutMs: 500,
  databaseRetryMsMin: 100,
  databaseRetryMsMax: 1_000,
  /** Drain: what turns get, and the whole. */
  drainTurnsMs: 10_000,
  drainTotalMs: 25_000,
  /** How long clients get to answer a close before the process ends. */
  goodbyeTimeoutMs: 1_000,
  /** How long connections stay open behind a drain's closes, so that clients who are writing can read them. */
  goodbyeLingerMs: 250,
  /** How often a start of the engine shows on the database that it is alive. */
  runBeatIntervalMs: 1_000,
  /** One that is silent for so long is dead to the others: several beats, and well below what a client waits for. */
  runSilenceMs: 5_000,
  /** A start of the engine that ended without a word is noted for so long: by then nobody needs to be told. */
  runNoteMs: 7 * 24 * 3_600_000,
  /** When whoever asked the wrong engine may ask again: a balancer may choose the right one, or its owner be found dead. */
  elsewhereRetryAfterMs: 1_000,
  /** Sessions that are activated at once after a crash, and the pause before the next: clients who connect go first. */
  resumedAtOnceMax: 32,
  resumePauseMs: 100,
  /** Hosts that die faster than this are not started again at once. */
  hostRestartDelayMs: 250,
  /** How often a host shows that its event loop turns, and how often that is looked at. */
  hostBeatIntervalMs: 500,
  hostLookIntervalMs: 1_000,
  /** A host that is silent for so long loops or is blocked: nothing of ours holds an event loop for a tenth of it. */
  hostSilenceMs: 5_000,
  /** The same until its first beat: it loads its modules, which takes half a second, on a busy machine several. */
  hostStartTimeoutMs: 30_000,
  /** In `crashWindowMs`: how often a session that was at work when its host died is activated again before it is given up. */
  reactivationsMax: 3,
  crashWindowMs: 60_000,
  /** More deaths of hosts in `crashWindowMs` than this, and `/ready` says no: something is wrong with the machine or with us. */
  hostDeathsMax: 10,
  /** Sessions of one host that are noted as at work; each takes 40 bytes of shared memory. */
  suspectsMax: 8_192,
  /** How long sessions that may have killed a host are watched before others like them come back: silence, and time to begin. */
  trialMs: 8_000,
  trialLookIntervalMs: 100,
  metricsTimeoutMs: 1_000,
} as const;
