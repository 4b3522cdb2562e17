// Tells a host who follows a session: how many clients, which activates a passivated session, and how many viewers.
import type { SessionAddress } from '../../schema/thread.ts';
import type { Hosts } from '../ring/host-link.ts';
import type { Entry } from './directory.ts';

export const addressOf = ({ sessionId, followers, viewers }: Entry): SessionAddress => ({
  sessionId,
  clients: followers.size,
  viewers,
});

export function tellClientCount(hosts: Hosts, entry: Entry): void {
  hosts.getLink(entry.host).tell({ kind: 'clients', ...addressOf(entry) });
}

/** Only a session that is in memory hears of it. */
export function tellViewerCount(hosts: Hosts, entry: Entry): void {
  hosts.getLink(entry.host).tell({ kind: 'viewers', ...addressOf(entry) });
}
