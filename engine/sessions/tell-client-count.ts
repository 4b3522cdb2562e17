// Tells a host how many clients a session has, which activates a passivated session.
import type { SessionAddress } from '../../schema/thread.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { Entry } from './directory.ts';

export const addressOf = (entry: Entry): SessionAddress => ({
  sessionId: entry.sessionId,
  clients: entry.followers.size,
});

export function tellClientCount(hosts: Pick<Supervisor, 'getLink'>, entry: Entry): void {
  hosts.getLink(entry.host).tell({ kind: 'clients', ...addressOf(entry) });
}
