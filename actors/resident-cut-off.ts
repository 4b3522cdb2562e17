// Ends actors of a host whose sessions can't go on there: another owner has them, or PostgreSQL doesn't take them.
import type { LogEntry, LogEvent } from '../schema/log.ts';
import { type CutOffName, endings } from '../schema/session-endings.ts';
import type { FromPersistence } from '../schema/thread.ts';
import type { HostStatus } from './host-status.ts';
import type { MainLink } from './main-link.ts';
import { cutOffRefusals } from './refusals.ts';
import type { Resident } from './resident.ts';
import type { ResidentMailboxes } from './resident-mailboxes.ts';

export type ResidentCutOffDependencies = {
  residents: Map<string, Resident>;
  mailboxes: Pick<ResidentMailboxes, 'refuseWaiting'>;
  mainLink: Pick<MainLink, 'post' | 'log'>;
  hostStatus: Pick<HostStatus, 'markIdle'>;
};

export class ResidentCutOff {
  readonly #dependencies: ResidentCutOffDependencies;

  constructor(dependencies: ResidentCutOffDependencies) {
    this.#dependencies = dependencies;
  }

  /** Ends the session's actor, whatever it is doing; its clients and those who wait for it are told why. */
  cutOffSession(sessionId: string, ending: CutOffName): void {
    const { residents, mailboxes, mainLink, hostStatus } = this.#dependencies;
    const resident = residents.get(sessionId);
    if (!resident?.session) return;
    const { waiting } = cutOffRefusals[ending];
    residents.delete(sessionId);
    hostStatus.markIdle(sessionId);
    resident.session.cutOff(ending);
    if (ending === 'deleted' || ending === 'unstorable')
      this.#log('warn', 'session.gone', { sessionId, code: waiting.failure.code });
    else this.#log('warn', 'session.fenced', { sessionId });
    mailboxes.refuseWaiting(resident, waiting);
    if (endings[ending].mainThreadHears === 'passivated') mainLink.post({ kind: 'passivated', sessionId });
    else mainLink.post({ kind: 'lost', sessionId, failure: waiting.failure });
  }

  /** Cuts off every session that is stored: one that is being created has no other owner, and one that is being claimed is claimed again. */
  abandonSessions(): void {
    for (const [sessionId, { session }] of this.#dependencies.residents)
      if (session?.isOpened) this.cutOffSession(sessionId, 'fenced');
  }

  /** PostgreSQL refused the session itself (sequence 0), or an event and its substitute. */
  receiveRefusal({ sessionId, sequence, reason }: Extract<FromPersistence, { kind: 'refused' }>): void {
    this.#log('error', 'event.refused', { sessionId, sequence, reason });
    this.cutOffSession(sessionId, sequence > 0 ? 'unstorable' : 'neverStored');
  }

  #log(level: LogEntry['level'], event: LogEvent, fields: LogEntry['fields']): void {
    this.#dependencies.mainLink.log({ level, event, fields });
  }
}
