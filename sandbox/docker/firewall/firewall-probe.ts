// Tries from inside a container what it must not reach: the engine, the machine, a cloud's metadata.
import type Docker from 'dockerode';
import { isInRange, isPublicAddress } from '../../outbound/address.ts';
import { readOwnAddresses } from '../../outbound/own-addresses.ts';
import { type DockerSettings, sandboxUser } from '../container-settings.ts';
import { buildOneOffOptions, runOneOff } from '../one-off-container.ts';
import type { OpenedRange } from './firewall-rules.ts';

/** A place that refuses a connection counts as reached; the firewall answers for a forbidden one, or nothing does. */
const program = `import errno,json,select,socket,sys,time
places,reached=json.loads(sys.argv[1]),[]
waiting={}
def heard(s,e):
    if e in (0,errno.ECONNREFUSED,errno.ECONNRESET):reached.append(waiting[s])
for p in places:
    try:s=socket.socket(socket.AF_INET6 if ':' in p[0] else socket.AF_INET,socket.SOCK_STREAM)
    except OSError:continue
    s.setblocking(False);waiting[s]=p;e=s.connect_ex((p[0],p[1]))
    if e not in (errno.EINPROGRESS,errno.EAGAIN):heard(s,e);del waiting[s]
end=time.monotonic()+1.5
while waiting and time.monotonic()<end:
    _,w,_=select.select([],list(waiting),[],max(0,end-time.monotonic()))
    for s in w:heard(s,s.getsockopt(socket.SOL_SOCKET,socket.SO_ERROR));del waiting[s]
print(json.dumps(reached))
`;

export type ProbedPlace = [address: string, port: number];
type Inspected = { IPAM?: { Config?: { Gateway?: string }[] | null } };

type ProbeSettings = Pick<DockerSettings, 'image' | 'memoryBytes' | 'cpus' | 'network' | 'runtime'>;

/** The probe gets a sandbox's memory, processors and runtime, so that it also fails where Docker can't give those. */
export const buildProbeOptions = (
  { image, memoryBytes, cpus, network, runtime }: ProbeSettings,
  places: readonly ProbedPlace[],
) =>
  buildOneOffOptions({
    Image: image,
    User: sandboxUser,
    Entrypoint: ['timeout', '15', 'python3', '-ISc', program],
    Cmd: [JSON.stringify(places)],
    HostConfig: {
      NetworkMode: network ?? '',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Memory: memoryBytes,
      NanoCpus: Math.round(cpus * 1e9),
      ...(runtime !== undefined && { Runtime: runtime }),
    },
  });

/** How many of the machine's addresses are tried; the first ones stand for all. */
const addressesMax = 8;

const metadata: readonly ProbedPlace[] = [
  ['169.254.169.254', 80],
  ['168.63.129.16', 80],
  ['100.100.100.200', 80],
];

type ProbeTarget = {
  /** The network's id, or its name. */
  networkId: string;
  /** What the operator has opened, which may be reached. */
  opened: readonly OpenedRange[];
};

/**
 * @returns the forbidden places that were reached, such as `10.0.0.1:8000`
 * @throws what dockerode throws, and where the container could not try
 */
export async function findForbiddenPlaces(
  docker: Docker,
  settings: DockerSettings,
  { networkId, opened }: ProbeTarget,
): Promise<string[]> {
  const { IPAM } = (await docker.getNetwork(networkId).inspect()) as Inspected;
  const gateways = (IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway?.split('/')[0] ?? []);
  const isForbidden = ([address, port]: ProbedPlace) =>
    !opened.some((one) => isInRange(address, one.range) && (one.port === undefined || one.port === port));
  const own = await readOwnAddresses();
  const places = choosePlaces(gateways, own, settings.enginePort).filter(isForbidden);
  const { exitCode, output } = await runOneOff(docker, buildProbeOptions({ ...settings, network: networkId }, places));
  if (exitCode !== 0)
    throw new Error(`python3 ended with ${exitCode} in the sandbox image: ${output.split('\n').at(-1)}`);
  const still = [...gateways, ...(await readOwnAddresses())];
  const lost = own.filter((address) => !still.includes(address));
  const reached = dropLostAddresses(JSON.parse(output) as ProbedPlace[], lost);
  return reached.map(([address, port]) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
}

/** A public address that the machine lost while it was tried is the internet's again, where anybody may have answered. */
export const dropLostAddresses = (reached: readonly ProbedPlace[], lost: readonly string[]): ProbedPlace[] =>
  reached.filter(([address]) => !isPublicAddress(address) || !lost.includes(address));

/**
 * The public addresses of an engine on another machine than the daemon's are left out: they are of the internet for its
 * containers. An engine on the daemon's machine has the network's gateway among its own addresses.
 */
function choosePlaces(gateways: readonly string[], own: readonly string[], port: number): ProbedPlace[] {
  const isOnDaemonMachine = gateways.some((gateway) => own.includes(gateway));
  const tried = own.filter((address) => isReachable(address) && (isOnDaemonMachine || !isPublicAddress(address)));
  const addresses = [...new Set([...gateways, ...tried])].slice(0, addressesMax);
  return [...addresses.map((address): ProbedPlace => [address, port]), ...metadata];
}

/** Loopback and link-local addresses lead a container to itself. */
const isReachable = (address: string): boolean =>
  !address.startsWith('127.') && !/^(0{4}:){7}|^::1$|^fe[89ab]/i.test(address);
