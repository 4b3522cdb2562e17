// A log that keeps its entries, for tests that read them.
import type { LogEntry } from '../../schema/log.ts';
import type { Log } from '../log.ts';

export class RecordedLog implements Log {
  readonly entries: LogEntry[] = [];
  readonly isDebug: boolean;

  constructor(isDebug = false) {
    this.isDebug = isDebug;
  }

  debug(event: LogEntry['event'], fields: LogEntry['fields'] = {}): void {
    if (this.isDebug) this.writeEntry({ level: 'debug', event, fields });
  }

  info(event: LogEntry['event'], fields: LogEntry['fields'] = {}): void {
    this.writeEntry({ level: 'info', event, fields });
  }

  warn(event: LogEntry['event'], fields: LogEntry['fields'] = {}): void {
    this.writeEntry({ level: 'warn', event, fields });
  }

  error(event: LogEntry['event'], fields: LogEntry['fields'] = {}): void {
    this.writeEntry({ level: 'error', event, fields });
  }

  writeEntry(entry: LogEntry): void {
    this.entries.push(entry);
  }
}
