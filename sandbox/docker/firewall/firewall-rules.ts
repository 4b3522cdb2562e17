// Writes the firewall around the sandboxes' network for nftables: what all containers may reach. Pure.
import { limits } from '../../../schema/limits.ts';
import {
  globalV6Range,
  reservedV4Ranges,
  reservedV6Ranges,
  translatedV4Range,
  translateRange,
} from '../../outbound/address.ts';

/** An address or network that the operator opens, whole or one port. */
export type OpenedRange = { range: string; port: number | undefined };

/** Docker names a network's bridge in this way. */
export const bridgeOf = (networkId: string): string => `br-${networkId.slice(0, 12)}`;
/** One table for each network, so that engines on one machine don't touch each other's. */
export const firewallTableOf = (networkId: string): string => `lucid_${networkId.slice(0, 12)}`;

const refuse = 'reject with icmpx type admin-prohibited';
const isV6 = (range: string) => range.includes(':');
const listOf = (ranges: readonly string[]) => `{ ${ranges.join(', ')} }`;
const gitProxyPorts = `${limits.gitPortMin}-${limits.gitPortMin + limits.gitPortsMax - 1}`;

/**
 * The rules replace the network's earlier ones. They judge every packet, so no connection from before them goes on. The
 * sets of resolvers are filled by who sets the firewall: without names no sandbox reaches the internet.
 */
export function firewallRulesOf(networkId: string, opened: readonly OpenedRange[]): string {
  const [table, bridge] = [firewallTableOf(networkId), bridgeOf(networkId)];
  return `add table inet ${table}
delete table inet ${table}
table inet ${table} {
  set resolvers4 { type ipv4_addr; }
  set resolvers6 { type ipv6_addr; }
  chain opened {
    ct direction reply accept
    ip daddr @resolvers4 meta l4proto { tcp, udp } th dport 53 accept
    ip6 daddr @resolvers6 meta l4proto { tcp, udp } th dport 53 accept
${opened.map((one) => `    ${acceptanceOf(one)}\n`).join('')}  }
  chain to_machine {
    type filter hook input priority -10; policy accept;
    iifname != "${bridge}" accept
    jump opened
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept
    tcp dport ${gitProxyPorts} fib daddr . iif type local ct state established accept
    tcp dport ${gitProxyPorts} fib daddr . iif type local socket wildcard 0 accept
    ${refuse}
  }
  chain to_others {
    type filter hook forward priority -10; policy accept;
    iifname != "${bridge}" accept
    oifname "${bridge}" ${refuse}
    jump opened
    ct status dnat ${refuse}
    ip daddr ${listOf(reservedV4Ranges)} ${refuse}
    ip6 daddr ${listOf(reservedV4Ranges.map(translateRange))} ${refuse}
    ip6 daddr ${translatedV4Range} accept
    ip6 daddr != ${globalV6Range} ${refuse}
    ip6 daddr ${listOf(reservedV6Ranges)} ${refuse}
  }
}
`;
}

/** Compares the address that was asked for, since Docker has rewritten that of a published port by then. */
function acceptanceOf({ range, port }: OpenedRange): string {
  const asked = `ct original ${isV6(range) ? 'ip6' : 'ip'} daddr ${range}`;
  return port === undefined
    ? `${asked} accept`
    : `${asked} meta l4proto { tcp, udp } ct original proto-dst ${port} accept`;
}
