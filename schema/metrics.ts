// The names of all metrics, in one place because dashboards depend on them.

export const metricNames = {
  engine: { name: 'lucid_engine_info', help: 'Always 1; the label says which version runs.' },
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
  residentMemory: { name: 'process_resident_memory_bytes', help: 'Memory of the process with all its threads.' },
  cpu: { name: 'process_cpu_seconds_total', help: 'Processor time of the process with all its threads.' },
  startTime: { name: 'process_start_time_seconds', help: 'When the process started, in seconds since 1970.' },
} as const;
