// Tries from inside a container what it must not reach: the engine, the machine, a cloud's metadata.
import type Docker from 'dockerode';
import { isInRange, isPublicAddress } from '../../outbound/address.ts';
import { readOwnAddresses } from '../../outbound/own-addresses.ts';
import { type DockerSettings, sandboxUser } from '../container-settings.ts';
import { buildOneOffOptions, runOneOff } from '../one-off-container.ts';
import type { OpenedRange } from './firewall-rules.ts';

/** A place that refuses a connection was reached; one that is kept away says so at once, or nothing. */
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

/** With what sandboxes have, so that what can't be had is found out too. */
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

/** Of the machine's addresses, as many as are asked for; the first ones are as good as all. */
const addressesMax = 8;

const metadata: readonly ProbedPlace[] = [
  ['169.254.169.254', 80],
  ['168.63.129.16', 80],
  ['100.100.100.200', 80],
];

type ProbeTarget = {
  /** Or its name. */
  networkId: string;
  /** What may be reached. */
  opened: readonly OpenedRange[];
};

/**
 * @returns what was reached, such as `10.0.0.1:8000`; nothing where all is well
 * @throws what dockerode throws, and where the container could not do it
 */
export async function findHoles(
  docker: Docker,
  settings: DockerSettings,
  { networkId, opened }: ProbeTarget,
): Promise<string[]> {
  const { IPAM } = (await docker.getNetwork(networkId).inspect()) as Inspected;
  const gateways = (IPAM?.Config ?? []).flatMap(({ Gateway }) => Gateway?.split('/')[0] ?? []);
  const isClosed = ([address, port]: ProbedPlace) =>
    !opened.some((one) => isInRange(address, one.range) && (one.port === undefined || one.port === port));
  const places = choosePlaces(gateways, await readOwnAddresses(), settings.enginePort).filter(isClosed);
  const { exitCode, output } = await runOneOff(docker, buildProbeOptions({ ...settings, network: networkId }, places));
  if (exitCode !== 0)
    throw new Error(`python3 ended with ${exitCode} in the sandbox image: ${output.split('\n').at(-1)}`);
  return (JSON.parse(output) as ProbedPlace[]).map(
    ([address, port]) => `${address.includes(':') ? `[${address}]` : address}:${port}`,
  );
}

/**
 * An engine elsewhere than its Docker daemon may have a public address that is of the internet for its containers; one
 * on the daemon's machine has the network's gateway among its own.
 */
function choosePlaces(gateways: readonly string[], own: readonly string[], port: number): ProbedPlace[] {
  const isHere = gateways.some((gateway) => own.includes(gateway));
  const asked = own.filter((address) => isReachable(address) && (isHere || !isPublicAddress(address)));
  const addresses = [...new Set([...gateways, ...asked])].slice(0, addressesMax);
  return [...addresses.map((address): ProbedPlace => [address, port]), ...metadata];
}

/** Loopback and link-local addresses are the container's own. */
const isReachable = (address: string): boolean =>
  !address.startsWith('127.') && !/^(0{4}:){7}|^::1$|^fe[89ab]/i.test(address);
