// Where a git proxy listens for containers: at the address that this machine, or the engine's own container, has on their
// network.
import { isIPv4 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { DockerSettings } from '../docker/container-settings.ts';
import { openDocker, reasonOf } from '../docker/docker-client.ts';
import { ensureNetwork } from '../docker/sandbox-network.ts';
import { blockListOf, familyOf } from '../outbound/address.ts';
import { type FindListenAddress, gitProxyPorts, type ListenAddress, loopbackAddress } from './listen-address.ts';
import type { RelayedAddress } from './listen-address-relayed.ts';

/** Of what Docker tells about a network. */
export type InspectedNetwork = { Driver?: string; IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] | null } };

/** Finds it anew for each grant, since a network that was removed and made again may have another address. */
export const dockerAddressFinder =
  (settings: DockerSettings, docker: Docker = openDocker(), relay?: RelayedAddress): FindListenAddress =>
  async () => {
    try {
      const network = docker.getNetwork(await ensureNetwork(docker, settings));
      const inspected = (await network.inspect()) as InspectedNetwork;
      const gateway = gatewaysOf(inspected).find(isIPv4); // A relay listens at no other.
      if (relay === undefined || gateway === undefined) return chooseAddress(inspected, listInterfaceAddresses());
      return relay.obtain(gateway, subnetsOf(inspected), gitProxyPorts);
    } catch (error) {
      return failed('sandboxFailed', `Docker does not tell about the sandboxes' network: ${reasonOf(error)}`);
    }
  };

/**
 * On the machine of the daemon the network's gateway is an address of the machine; for an engine that runs in a
 * container itself, the network must be one that it is on.
 */
export function chooseAddress(network: InspectedNetwork, own: string[]): Outcome<ListenAddress> {
  if (network.Driver === 'host') return succeeded(loopbackAddress());
  const peers = blockListOf(subnetsOf(network));
  const onIt = own.filter((address) => peers.check(address, familyOf(address)));
  const addresses = [...new Set([...gatewaysOf(network), ...onIt])];
  return addresses.length > 0
    ? succeeded({ kind: 'address', addresses, ports: gitProxyPorts, peers, isPeerASandbox: true })
    : failed('sandboxFailed', "The sandboxes' Docker network has no address at which they could reach the engine.");
}

const subnetsOf = ({ IPAM }: InspectedNetwork): string[] => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);

const gatewaysOf = ({ IPAM }: InspectedNetwork): string[] =>
  (IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway?.split('/')[0] ?? []);

/** An interface whose network has no container yet isn't listed, but its address can be listened on. */
const listInterfaceAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((infos: NetworkInterfaceInfo[] = []) =>
    infos.map(({ address }) => address),
  );
