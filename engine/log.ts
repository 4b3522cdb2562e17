// The engine's log: JSON lines, or readable ones on a terminal; one writer for all threads.
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogEntry, LogEvent } from '../schema/log.ts';

export type Log = {
  info(event: LogEvent, fields?: LogEntry['fields']): void;
  warn(event: LogEvent, fields?: LogEntry['fields']): void;
  error(event: LogEvent, fields?: LogEntry['fields']): void;
  /** An entry that another thread made. */
  entry(entry: LogEntry): void;
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
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    entry: ({ level: at, event, fields }) => write(at)(event, fields),
  };
}
