// Finds where a git proxy listens for containers: at the address that this machine, or the engine's own container, has on
// their network.
import { isIPv4 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { DockerSettings } from '../docker/container-settings.ts';
import { openDaemon } from '../docker/docker-client.ts';
import { ensureNetwork } from '../docker/sandbox-network.ts';
import { blockListOf, familyOf } from '../outbound/address.ts';
import { type FindListenAddress, gitProxyPorts, type ListenAddress, makeLoopbackAddress } from './listen-address.ts';
import type { RelayedAddress } from './listen-address-relayed.ts';

/** The part of Docker's answer about a network that is read here. */
export type InspectedNetwork = { Driver?: string; IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] | null } };

/** The address is found anew for each grant, since a network that was made again may have another. */
export const makeDockerAddressFinder =
  (settings: DockerSettings, docker: Docker = openDaemon(settings.daemon), relay?: RelayedAddress): FindListenAddress =>
  async () => {
    try {
      const network = docker.getNetwork(await ensureNetwork(docker, settings));
      const inspected = (await network.inspect()) as InspectedNetwork;
      const gateway = gatewaysOf(inspected).find(isIPv4); // A relay listens at IPv4 addresses only.
      const own = listInterfaceAddresses();
      if (settings.daemon && !gatewaysOf(inspected).some((address) => own.includes(address)))
        return describeUnreachable(settings.daemon.name);
      if (relay === undefined || gateway === undefined) return chooseAddress(inspected, own);
      return relay.obtain(gateway, subnetsOf(inspected), gitProxyPorts);
    } catch (error) {
      return failed('sandboxFailed', `Docker does not tell about the sandboxes' network: ${reasonOf(error)}`);
    }
  };

/**
 * The network's gateway is an address of the daemon's machine. An engine that runs in a container itself has an address of
 * its own on the network, or none.
 */
export function chooseAddress(network: InspectedNetwork, own: string[]): Outcome<ListenAddress> {
  if (network.Driver === 'host') return succeeded(makeLoopbackAddress());
  const peers = blockListOf(subnetsOf(network));
  const ownOnNetwork = own.filter((address) => peers.check(address, familyOf(address)));
  const addresses = [...new Set([...gatewaysOf(network), ...ownOnNetwork])];
  return addresses.length > 0
    ? succeeded({ kind: 'address', addresses, ports: gitProxyPorts, peers, isPeerASandbox: true })
    : failed('sandboxFailed', "The sandboxes' Docker network has no address at which they could reach the engine.");
}

/** The proxy listens on the sandboxes' network, which an engine on another machine isn't on. */
const describeUnreachable = (daemon: string): Outcome<never> =>
  failed('sandboxFailed', `Sandboxes at ${daemon} reach no repositories: the engine isn't on their network.`);

const subnetsOf = ({ IPAM }: InspectedNetwork): string[] => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);

const gatewaysOf = ({ IPAM }: InspectedNetwork): string[] =>
  (IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway?.split('/')[0] ?? []);

/** Leaves out an interface whose network has no container yet, though one can listen at its address. */
const listInterfaceAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((infos: NetworkInterfaceInfo[] = []) =>
    infos.map(({ address }) => address),
  );
