// Tells a host how many sockets a session has, which activates a session that is passivated.
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
