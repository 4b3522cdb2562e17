// The engine's log: JSON lines, or readable ones on a terminal; one writer for all threads.
import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogEntry, LogEvent } from '../schema/log.ts';

/**
 * `debug`: each request, batch and activation, to find a fault by. `info`: what was done, and what begins and ends.
 * `warn`: what an operator may want to change, or what mended itself. `error`: something is broken or lost.
 */
export type Log = {
  /** Whether `debug` is logged, so that fields for it alone needn't be gathered. */
  readonly isDebug: boolean;
  debug(event: LogEvent, fields?: LogEntry['fields']): void;
  info(event: LogEvent, fields?: LogEntry['fields']): void;
  warn(event: LogEvent, fields?: LogEntry['fields']): void;
  error(event: LogEvent, fields?: LogEntry['fields']): void;
  /** Writes an entry that another thread made. */
  writeEntry(entry: LogEntry): void;
};

/**
 * Lines are written synchronously, so that a crash loses none.
 * @param engine its name among others, which each line has then
 */
export function createLog(level: string, isTerminal: boolean, engine?: string): Log {
  const stream = isTerminal
    ? pretty({ colorize: true, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' })
    : pino.destination({ dest: 1, sync: true });
  const logger = pino({ level, base: engine === undefined ? null : { engine } }, stream);
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
