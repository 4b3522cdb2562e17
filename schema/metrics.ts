// The names of all metrics, in one place because dashboards depend on them.

export const metricNames = {
  sessions: { name: 'lucid_sessions', help: 'Sessions in memory, by host.' },
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
    help: 'Event loop delay since the last scrape, by thread and percentile.',
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
} as const;
