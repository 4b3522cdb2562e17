// The names of all metrics, in one place because dashboards depend on them.

export const metricNames = {
  engine: {
    name: 'lucid_engine_info',
    help: 'Always 1; the labels say which version runs, the name of the node, and its NODE_LABELS.',
  },
  draining: { name: 'lucid_draining', help: '1 while no new work is taken, since the engine is about to end.' },
  ready: { name: 'lucid_ready', help: '1 while the engine can take work, as /ready says.' },
  signIns: {
    name: 'lucid_sign_ins_total',
    help: 'Tries to sign in to the console, by outcome: done, refused, or failed where the provider is why.',
  },
  sessions: { name: 'lucid_sessions', help: 'Sessions in memory, by host.' },
  working: { name: 'lucid_sessions_working', help: 'Sessions at work, by host.' },
  sandboxes: {
    name: 'lucid_sandboxes',
    help: 'Sandboxes, by host and state: held by a session, or warm, which is made ahead and nobody has yet.',
  },
  sandboxQueue: { name: 'lucid_sandbox_queue_sessions', help: 'Sessions that wait for a sandbox.' },
  sandboxHostPlaces: {
    name: 'lucid_sandbox_host_places',
    help: 'How many more sandboxes fit into the memory of a daemon in SANDBOX_HOSTS, by daemon; absent while it does not say.',
  },
  sandboxHostUp: {
    name: 'lucid_sandbox_host_up',
    help: '1 while sandboxes can be begun at a daemon in SANDBOX_HOSTS, by daemon.',
  },
  turns: { name: 'lucid_turns_total', help: 'Turns that ended, by host, provider (mock for a script) and reason.' },
  tokens: {
    name: 'lucid_model_tokens_total',
    help: 'Tokens, by host, model and kind: input (cached and cacheWrite are part of it) or output.',
  },
  cost: {
    name: 'lucid_model_cost_dollars_total',
    help: 'US dollars, by host and model, where its prices are known.',
  },
  retries: {
    name: 'lucid_model_retries_total',
    help: 'Requests to models that failed and are tried again, by host, model and code.',
  },
  sockets: { name: 'lucid_sockets', help: 'Open WebSockets and event streams.' },
  mailboxDepth: { name: 'lucid_mailbox_commands', help: 'Commands waiting in mailboxes, by host.' },
  uncommittedWrites: { name: 'lucid_outbox_uncommitted_writes', help: 'Writes not committed yet, by host.' },
  persistenceWaiting: { name: 'lucid_persistence_waiting_writes', help: 'Writes the persistence actor holds.' },
  batchRows: { name: 'lucid_batch_rows', help: 'Writes in one batch.' },
  batches: {
    name: 'lucid_batches_total',
    help: 'Batches, by what let them go: idle (work came to an idle actor), gathered (the batch before ended), full.',
  },
  commitSeconds: { name: 'lucid_commit_seconds', help: 'Time from a batch to its COMMIT.' },
  eventLoopDelay: {
    name: 'lucid_event_loop_delay_seconds',
    help: 'Event loop delay of the last half minute or more, at most a minute, by thread and percentile.',
  },
  framesSent: { name: 'lucid_frames_sent_total', help: 'Frames sent to sockets and event streams.' },
  socketsClosedSlow: {
    name: 'lucid_sockets_closed_slow_total',
    help: 'Sockets and event streams closed because they did not read.',
  },
  requests: { name: 'lucid_http_requests_total', help: 'REST requests, by status.' },
  webhookTries: {
    name: 'lucid_webhook_tries_total',
    help: 'Tries to deliver to webhooks, by outcome: taken or failed.',
  },
  hostDeaths: { name: 'lucid_host_deaths_total', help: 'Host threads that ended unexpectedly.' },
  storageAvailable: { name: 'lucid_storage_available', help: '1 while PostgreSQL takes writes.' },
  hostsFull: {
    name: 'lucid_hosts_full',
    help: 'Hosts that take no commands at present, since too many wait for them.',
  },
  runState: {
    name: 'lucid_run_state',
    help: 'How this engine stands among those on its database: 1 for open, draining or isolated.',
  },
  runBeatAge: {
    name: 'lucid_run_beat_age_seconds',
    help: 'Time since this engine last showed in PostgreSQL that it is alive; after 5 s others take it for dead.',
  },
  runsDeclaredDead: {
    name: 'lucid_runs_declared_dead_total',
    help: 'How often others have taken this engine for dead while it was alive.',
  },
  sessionsMoved: {
    name: 'lucid_sessions_moved_total',
    help: 'Sessions that changed engines: claimed by this one for its clients, given away by it, also for balance, or taken over from a dead one.',
  },
  clusterConnected: { name: 'lucid_cluster_connected', help: '1 while a nats-server is connected.' },
  clusterConnects: { name: 'lucid_cluster_connects_total', help: 'Connections to a nats-server, the first one too.' },
  clusterPosts: { name: 'lucid_cluster_posts_total', help: 'Posts over the bus, by direction: in or out.' },
  clusterBytes: { name: 'lucid_cluster_bytes_total', help: 'Bytes of posts over the bus, by direction: in or out.' },
  clusterAsksPending: {
    name: 'lucid_cluster_asks_pending',
    help: 'What this engine has asked of owners of sessions and waits for.',
  },
  clusterAsks: {
    name: 'lucid_cluster_asks_total',
    help: 'What was asked of owners of sessions, by outcome: answered or timedOut.',
  },
  clusterFollowed: {
    name: 'lucid_cluster_followed_sessions',
    help: 'Sessions of other engines that have clients here.',
  },
  clusterFollowers: {
    name: 'lucid_cluster_followers',
    help: 'Other engines that follow sessions of this one, counted for each session.',
  },
  clusterOwnersLost: {
    name: 'lucid_cluster_owners_lost_total',
    help: 'How often a session that is followed here has lost its owner.',
  },
  residentMemory: { name: 'process_resident_memory_bytes', help: 'Memory of the process with all its threads.' },
  cpu: { name: 'process_cpu_seconds_total', help: 'Processor time of the process with all its threads.' },
  startTime: { name: 'process_start_time_seconds', help: 'When the process started, in seconds since 1970.' },
} as const;
