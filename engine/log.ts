// The engine's log: JSON lines, or readable ones on a terminal; one writer for all threads.
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogEntry, LogEvent } from '../schema/log.ts';

/**
 * `debug`: each request, batch and activation, for who looks for something. `info`: what was done, and what begins and ends.
 * `warn`: what an operator may want to change, or that helped itself. `error`: something is broken or lost; look at it.
 */
export type Log = {
  /** Whether `debug` is heard: what only it would say need not be gathered. */
  readonly isDebug: boolean;
  debug(event: LogEvent, fields?: LogEntry['fields']): void;
  info(event: LogEvent, fields?: LogEntry['fields']): void;
  warn(event: LogEvent, fields?: LogEntry['fields']): void;
  error(event: LogEvent, fields?: LogEntry['fields']): void;
  /** An entry that another thread made. */
  writeEntry(writeEntry: LogEntry): void;
};

/** Written at once: a log that is lost in a crash is no use. */
export function createLog(level: string, isTerminal: boolean): Log {
  const stream = isTerminal
    ? pretty({ colorize: true, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' })
    : pino.destination({ dest: 1, sync: true });
  const logger = pino({ level, base: null }, stream);
  const write =
    (at: LogEntry['level']) =>
    (event: LogEvent, fields: LogEntry['fields'] = {}) =>
      logger[at](fields, event);
  return {
    isDebug: logger.isLevelEnabled('debug'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    writeEntry: ({ level: at, event, fields }) => write(at)(event, fields),
  };
}
