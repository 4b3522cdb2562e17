// Sets the firewall around a network, on the daemon's machine, by a container that may do only that.
import { lookup } from 'node:dns/promises';
import type Docker from 'dockerode';
import type { OpenedHost } from '../../../schema/thread.ts';
import { isRange } from '../../outbound/address.ts';
import { labels } from '../container-settings.ts';
import { buildOneOffOptions, runOneOff } from '../one-off-container.ts';
import { bridgeOf, firewallRulesOf, firewallTableOf, type OpenedRange } from './firewall-rules.ts';

/** The program needs a tenth of a second. */
const timeoutSeconds = 15;

/** The program prints this where the rules were missing or different before. */
const notHeld = 'the rules did not hold';

/**
 * Removes the rules of networks that are gone, whichever engine's they were: a table is always made after its bridge.
 * The resolvers are those that Docker gives to a container in the machine's own network.
 */
const script = `set -e
command -v nft >/dev/null || { echo 'it has no nft'; exit 1; }
for table in $(nft list tables inet | sed -n 's/^table inet \\(lucid_[0-9a-f]*\\)$/\\1/p'); do
  [ -e "/sys/class/net/br-\${table#lucid_}" ] || nft delete table inet "$table" 2>/dev/null || true
done
[ $# -gt 0 ] || exit 0
held() { nft list chain inet "$1" to_machine 2>/dev/null && nft list chain inet "$1" to_others 2>/dev/null || true; }
before=$(held "$2")
[ -e "/sys/class/net/$1" ] || { echo "the machine has no bridge $1"; exit 1; }
{
  printf '%s\\n' "$3"
  while read -r key address _; do
    case "$key $address" in
      nameserver*%*) ;;
      nameserver*:*) echo "add element inet $2 resolvers6 { $address }" ;;
      nameserver*.*) echo "add element inet $2 resolvers4 { $address }" ;;
    esac
  done </etc/resolv.conf
} | nft -f -
[ "$before" = "$(held "$2")" ] || echo '${notHeld}'
`;

type Firewall = { networkId: string; opened: readonly OpenedRange[] };

/**
 * The container sets a network's rules, or only removes those of networks that are gone. Its labels say what its command
 * was made from, for the socket filter to compare.
 */
export const buildFirewallOptions = (image: string, firewall?: Firewall): Docker.ContainerCreateOptions =>
  buildOneOffOptions({
    Image: image,
    User: '0:0',
    Entrypoint: ['timeout', String(timeoutSeconds), 'sh', '-c', script, 'sh'],
    Cmd: firewall
      ? [
          bridgeOf(firewall.networkId),
          firewallTableOf(firewall.networkId),
          firewallRulesOf(firewall.networkId, firewall.opened),
        ]
      : [],
    Labels: firewall ? { [labels.network]: firewall.networkId, [labels.opened]: JSON.stringify(firewall.opened) } : {},
    HostConfig: {
      NetworkMode: 'host',
      UsernsMode: 'host',
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
    },
  });

/** `wasSet`: whether the very same rules were there before. */
export type FirewallOutcome = { wasSet: boolean } | { obstacle: string };

/** @throws what dockerode throws */
export async function setFirewall(docker: Docker, image: string, firewall: Firewall): Promise<FirewallOutcome> {
  const { exitCode, output } = await runOneOff(docker, buildFirewallOptions(image, firewall));
  if (exitCode !== 0) return { obstacle: output.split('\n')[0] || `it ended with ${exitCode}` };
  return { wasSet: !output.includes(notHeld) };
}

/** Removes the rules of networks that are gone. @throws what dockerode throws */
export async function removeOldFirewalls(docker: Docker, image: string): Promise<void> {
  await runOneOff(docker, buildFirewallOptions(image));
}

/** Resolves names as this machine does now; a name without an address opens nothing. */
export async function resolveRanges(opened: readonly OpenedHost[]): Promise<OpenedRange[]> {
  const found = opened.map(async ({ host, port }) => {
    if (isRange(host)) return [{ range: host, port }];
    const addresses = await lookup(host, { all: true }).catch(() => []);
    return addresses.map(({ address }) => ({ range: address, port }));
  });
  return (await Promise.all(found)).flat();
}
