// Rebuilds bodies from the few values in which they may differ, and refuses those that differ in anything else. Pure.
import { isDeepStrictEqual } from 'node:util';
import type Docker from 'dockerode';
import * as v from 'valibot';
import type { DockerConfig } from '../../schema/thread.ts';
import { buildContainerOptions, labels, processesMax } from '../docker/container-settings.ts';
import { mayBeUsed } from '../docker/devcontainer-images.ts';
import { buildDiskMakerOptions } from '../docker/disks/disk-maker-options.ts';
import { isDiskPath } from '../docker/disks/disks.ts';
import { buildExecOptions } from '../docker/exec.ts';
import { buildProbeOptions } from '../docker/firewall/firewall-probe.ts';
import { buildFirewallOptions } from '../docker/firewall/set-firewall.ts';
import { buildNetworkOptions } from '../docker/sandbox-network.ts';
import { isAddress, isRange } from '../outbound/address.ts';

/** The operator has chosen these, and the engine can't change them. */
export type AllowedValues = {
  /** The mark of what is made through this filter. */
  filterId: string;
  image: string;
  /** Whom commands run as. */
  user: DockerConfig['user'];
  /** Those that a repository may ask for: whole names, or beginnings with `*`. */
  devcontainerImages: readonly string[];
  /** The operator's network; undefined for one that the engine makes. */
  network: string | undefined;
  runtime: string | undefined;
};

export type RebuiltBody = { isAllowed: true; body: object; needs?: BodyNeed[] } | { isAllowed: false; reason: string };

/** A network or volume that the body names: a `newVolume` doesn't exist yet, or is the engine's own. */
export type BodyNeed = { kind: 'network' | 'newVolume'; name: string };

/** Everything that is made through a filter has that filter's id as this label. */
export const filterLabel = 'lucid.gate';

const label = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const name = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9][\w.-]{0,254}$/));
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const Mount = v.object({
  Source: name,
  VolumeOptions: v.object({ DriverConfig: v.object({ Options: v.object({ o: v.string(), device: v.string() }) }) }),
});

/** The options in which containers of sandboxes differ. */
const SandboxValues = v.object({
  name,
  Image: v.pipe(v.string(), v.regex(/^[\w./:@-]{1,300}$/)),
  Labels: v.object({ [labels.session]: label, [labels.engine]: label, [labels.run]: label }),
  HostConfig: v.object({
    NetworkMode: name,
    Memory: bytes,
    NanoCpus: bytes,
    Mounts: v.union([v.strictTuple([Mount]), v.strictTuple([Mount, Mount])]),
  }),
});

export function rebuildContainerBody(
  given: unknown,
  allowed: AllowedValues,
  query: Record<string, string>,
): RebuiltBody {
  if (query.name === undefined) return rebuildOneOffBody(given, allowed);
  const values = v.safeParse(SandboxValues, given);
  if (!values.success || values.output.name !== query.name) return refuseBody('it is no sandbox');
  const { Image, Labels, HostConfig } = values.output;
  const [{ Source: volume, VolumeOptions }, homeMount] = HostConfig.Mounts;
  const disks = homeMount && {
    workspace: VolumeOptions.DriverConfig.Options.device,
    home: homeMount.VolumeOptions.DriverConfig.Options.device,
  };
  if (disks && !Object.values(disks).every(isDiskPath)) return refuseBody('its disks are none of sandboxes');
  const settings = {
    image: mayBeUsed(Image, allowed.devcontainerImages) ? Image : allowed.image,
    user: allowed.user,
    memoryBytes: HostConfig.Memory,
    cpus: HostConfig.NanoCpus / 1e9,
    network: HostConfig.NetworkMode,
    runtime: allowed.runtime,
    workspaceBytes: Number(/^size=(\d{1,15}),/.exec(VolumeOptions.DriverConfig.Options.o)?.[1] ?? 0),
    engineId: Labels[labels.engine] ?? '',
    runId: Labels[labels.run] ?? '',
  };
  const made = {
    ...buildContainerOptions(settings, volume, Labels[labels.session] ?? '', disks),
    name: values.output.name,
  };
  const difference = findDifference(made, given);
  if (difference !== undefined) return refuseBody(difference);
  const needs = [needOf(HostConfig.NetworkMode, allowed), ...needsOfMounts(made)];
  return {
    isAllowed: true,
    body: addFilterLabel(made, allowed.filterId),
    needs: needs.filter((need) => need !== undefined),
  };
}

const needOf = (network: string, allowed: AllowedValues): BodyNeed | undefined =>
  network === allowed.network ? undefined : { kind: 'network', name: network };

const needsOfMounts = ({ HostConfig }: Docker.ContainerCreateOptions): BodyNeed[] =>
  (HostConfig?.Mounts ?? []).map(({ Source }) => ({ kind: 'newVolume', name: Source }));

/** Labels the container and its volumes. */
function addFilterLabel(made: Docker.ContainerCreateOptions, filterId: string): object {
  const own = { [filterLabel]: filterId };
  const mounts = made.HostConfig?.Mounts?.map((mount) => ({
    ...mount,
    VolumeOptions: { ...mount.VolumeOptions, Labels: { ...mount.VolumeOptions?.Labels, ...own } },
  }));
  return {
    ...made,
    Labels: { ...made.Labels, ...own },
    HostConfig: { ...made.HostConfig, Mounts: mounts },
  };
}

const text = v.pipe(v.string(), v.maxLength(10_000));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const Opened = v.array(v.object({ range: v.pipe(v.string(), v.check(isRange)), port: v.optional(port) }));
const FirewallValues = v.object({
  Labels: v.object({
    [labels.network]: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    [labels.opened]: v.pipe(text, v.parseJson(), Opened),
  }),
});
const Places = v.array(v.tuple([v.pipe(v.string(), v.check(isAddress)), port]));
const ProbeValues = v.object({
  Cmd: v.tuple([v.pipe(text, v.parseJson(), Places)]),
  HostConfig: v.object({ NetworkMode: name, Memory: bytes, NanoCpus: bytes }),
});

const DiskMakerValues = v.object({ Labels: v.object({ [labels.disks]: label }) });

/**
 * A container without a name is for one program: to make disks, to set the firewall around a network of the engine's own, or to probe it
 * from inside.
 */
function rebuildOneOffBody(given: unknown, allowed: AllowedValues): RebuiltBody {
  const { image, runtime } = allowed;
  const firewallValues = v.safeParse(FirewallValues, given);
  if (firewallValues.success) {
    const { [labels.network]: networkId, [labels.opened]: opened } = firewallValues.output.Labels;
    const firewall = { networkId, opened: opened.map(({ range, port }) => ({ range, port })) };
    return compareWithMade(buildFirewallOptions(image, firewall), given, allowed, [
      { kind: 'network', name: networkId },
    ]);
  }
  const makerValues = v.safeParse(DiskMakerValues, given);
  if (makerValues.success) {
    const made = buildDiskMakerOptions({ image, engineId: makerValues.output.Labels[labels.disks] });
    return compareWithMade(made, given, allowed, needsOfMounts(made));
  }
  const probeValues = v.safeParse(ProbeValues, given);
  if (!probeValues.success) return compareWithMade(buildFirewallOptions(image), given, allowed, []);
  const { NetworkMode: network, Memory: memoryBytes, NanoCpus } = probeValues.output.HostConfig;
  const made = buildProbeOptions(
    { image, memoryBytes, cpus: NanoCpus / 1e9, network, runtime },
    probeValues.output.Cmd[0],
  );
  const need = needOf(network, allowed);
  return compareWithMade(made, given, allowed, need ? [need] : []);
}

function compareWithMade(
  made: Docker.ContainerCreateOptions,
  given: unknown,
  { filterId }: AllowedValues,
  needs: BodyNeed[],
): RebuiltBody {
  const difference = findDifference(made, given);
  if (difference !== undefined) return refuseBody(difference);
  return { isAllowed: true, body: addFilterLabel(made, filterId), needs };
}

const NetworkValues = v.object({ Labels: v.object({ [labels.engine]: label }) });

export function rebuildNetworkBody(given: unknown, { filterId, network }: AllowedValues): RebuiltBody {
  const values = v.safeParse(NetworkValues, given);
  if (!values.success || network !== undefined) return refuseBody('it is no network of sandboxes');
  const made = buildNetworkOptions(values.output.Labels[labels.engine] ?? '');
  const difference = findDifference(made, given);
  if (difference !== undefined) return refuseBody(difference);
  return { isAllowed: true, body: { ...made, Labels: { ...made.Labels, [filterLabel]: filterId } } };
}

const texts = v.array(v.string());
const ExecValues = v.object({ Cmd: texts, Env: texts });

/** A sandbox's own user may run anything in it. */
export function rebuildExecBody(given: unknown): RebuiltBody {
  const values = v.safeParse(ExecValues, given);
  if (!values.success) return refuseBody('it is no command');
  const made = buildExecOptions({ command: values.output.Cmd, environment: values.output.Env });
  const difference = findDifference(made, given);
  return difference === undefined ? { isAllowed: true, body: made } : refuseBody(difference);
}

const UpdateValues = v.strictObject({
  PidsLimit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 * processesMax)),
});

export function rebuildUpdateBody(given: unknown): RebuiltBody {
  const values = v.safeParse(UpdateValues, given);
  return values.success ? { isAllowed: true, body: values.output } : refuseBody('only its processes may be bounded');
}

/** Every exec is started with the same body. */
export const makeExecStartBody = (): RebuiltBody => ({ isAllowed: true, body: { Detach: false, Tty: false } });

const refuseBody = (reason: string): RebuiltBody => ({ isAllowed: false, reason });

/** Finds where a body first differs from what the engine would have sent; undefined where it is the same. */
function findDifference(made: object, given: unknown, at = 'it'): string | undefined {
  const expected: unknown = JSON.parse(JSON.stringify(made));
  if (isDeepStrictEqual(expected, given)) return undefined;
  if (!isObject(expected) || !isObject(given)) return `${at} is not what it has to be`;
  for (const key of new Set([...Object.keys(expected), ...Object.keys(given)]))
    if (!isDeepStrictEqual(expected[key], given[key]))
      return isObject(expected[key]) && isObject(given[key])
        ? findDifference(expected[key], given[key], key)
        : `${key.slice(0, 50)} is not what it has to be`;
  return `${at} is not what it has to be`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
