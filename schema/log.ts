// The names of all log events, in one place because alerts depend on them; and a log entry as it goes between threads.

const logEvents = [
  'engine.starting',
  'engine.started',
  'engine.failed',
  'config.warning',
  'database.embedded',
  'database.migrated',
  'database.error',
  'database.awaited',
  'database.silent',
  'database.answers',
  'docker.probed',
  'drain.started',
  'drain.finished',
  'drain.forced',
  'host.started',
  'host.died',
  'thread.error',
  'run.failed',
  'run.declaredDead',
  'sessions.resumed',
  'batch.stored',
  'session.claimed',
  'session.passivated',
  'request.answered',
  'storage.unavailable',
  'storage.restored',
  'storage.refused',
  'session.created',
  'session.stopped',
  'session.read',
  'files.read',
  'chat.read',
  'chat.renamed',
  'chat.deleted',
  'access.refused',
  'session.fenced',
  'session.gone',
  'session.unreadable',
  'secrets.unreadable',
  'event.refused',
  'sandbox.checked',
  'sandbox.unusable',
  'sandbox.full',
  'sandbox.wallMended',
  'sandbox.leftovers',
  'sandbox.leftBehind',
  'sandbox.paused',
  'sandbox.removed',
  'sandbox.sweepFailed',
  'turn.bug',
  'turn.failed',
  'git.bug',
  'fileTree.failed',
  'request.bug',
  'socket.closedSlow',
] as const;

export type LogEvent = (typeof logEvents)[number];

/** A log entry, whose fields are ids, numbers and reasons: never a token, a key, a task or a message's text. */
export type LogEntry = {
  level: 'debug' | 'info' | 'warn' | 'error';
  event: LogEvent;
  fields: Record<string, string | number | boolean | null>;
};
