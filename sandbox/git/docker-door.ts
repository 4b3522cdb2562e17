// The door for containers: the address that this machine, or the engine's own container, has on their network.
import { isIPv4 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { openDocker, reasonOf } from '../docker/daemon.ts';
import { ensureNetwork } from '../docker/network.ts';
import type { DockerSettings } from '../docker/settings.ts';
import { type Door, type FindDoor, familyOf, gatewayPorts, loopbackDoor, networks } from './door.ts';
import type { RelayedDoor } from './relayed-door.ts';

/** Of what Docker tells about a network. */
export type InspectedNetwork = { Driver?: string; IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] | null } };

/** Asked for each grant, since a network that was removed and made again may have another address. */
export const dockerDoor =
  (settings: DockerSettings, docker: Docker = openDocker(), relay?: RelayedDoor): FindDoor =>
  async () => {
    try {
      const network = docker.getNetwork(await ensureNetwork(docker, settings));
      const inspected = (await network.inspect()) as InspectedNetwork;
      const gateway = gatewaysOf(inspected).find(isIPv4); // A relay listens at no other.
      if (relay === undefined || gateway === undefined) return doorOn(inspected, ownAddresses());
      return relay.at(gateway, subnetsOf(inspected), gatewayPorts);
    } catch (error) {
      return failed('sandboxFailed', `Docker does not tell about the sandboxes' network: ${reasonOf(error)}`);
    }
  };

/**
 * On the machine of the daemon the network's gateway is an address of the machine; for an engine that runs in a
 * container itself, the network must be one that it is on.
 */
export function doorOn(network: InspectedNetwork, own: string[]): Outcome<Door> {
  if (network.Driver === 'host') return succeeded(loopbackDoor());
  const peers = networks(subnetsOf(network));
  const onIt = own.filter((address) => peers.check(address, familyOf(address)));
  const addresses = [...new Set([...gatewaysOf(network), ...onIt])];
  return addresses.length > 0
    ? succeeded({ kind: 'address', addresses, ports: gatewayPorts, peers, isPeerASandbox: true })
    : failed('sandboxFailed', "The sandboxes' Docker network has no address at which they could reach the engine.");
}

const subnetsOf = ({ IPAM }: InspectedNetwork): string[] => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);

const gatewaysOf = ({ IPAM }: InspectedNetwork): string[] =>
  (IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway?.split('/')[0] ?? []);

/** An interface whose network has no container yet isn't listed, but its address can be listened on. */
const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((infos: NetworkInterfaceInfo[] = []) =>
    infos.map(({ address }) => address),
  );
