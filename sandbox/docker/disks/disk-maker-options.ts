// The options of the container that makes disks: it may make loop devices and nothing else, and runs one program.
import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { type DockerSettings, labels } from '../container-settings.ts';
import { buildOneOffOptions } from '../one-off-container.ts';

const program = readFileSync(new URL('maker.py', import.meta.url), 'utf8');

export type DiskMakerSettings = Pick<DockerSettings, 'image' | 'engineId'>;

export const disksVolumeOf = (engineId: string) => `lucid-disks-${engineId}`;
export const snapshotsVolumeOf = (engineId: string) => `lucid-snapshots-${engineId}`;

/** The kernel's number for loop devices. */
const loopMajor = 7;
const makerMemoryBytes = 512 * 1024 * 1024;

/** It has no engine's label, by which the reaper finds what nobody needs: it ends by itself, and snapshots outlive engines' runs. */
export function buildDiskMakerOptions({ image, engineId }: DiskMakerSettings): Docker.ContainerCreateOptions {
  const mountOf = (Source: string, Target: string) => ({
    Type: 'volume' as const,
    Source,
    Target,
    VolumeOptions: { NoCopy: true, Labels: { [labels.managed]: 'true' }, DriverConfig: { Name: 'local', Options: {} } },
  });
  const options = buildOneOffOptions({
    Image: image,
    User: '0:0',
    WorkingDir: '/',
    Entrypoint: ['python3', '-ISuc', program],
    Cmd: [],
    Labels: { [labels.disks]: engineId },
    HostConfig: {
      NetworkMode: 'none',
      UsernsMode: 'host',
      CapDrop: ['ALL'],
      CapAdd: ['MKNOD'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Memory: makerMemoryBytes,
      MemorySwap: makerMemoryBytes,
      PidsLimit: 64,
      Devices: [{ PathOnHost: '/dev/loop-control', PathInContainer: '/dev/loop-control', CgroupPermissions: 'rw' }],
      DeviceCgroupRules: [`b ${loopMajor}:* rwm`],
      Mounts: [mountOf(disksVolumeOf(engineId), '/disks'), mountOf(snapshotsVolumeOf(engineId), '/snapshots')],
    },
  });
  return { ...options, OpenStdin: true, StdinOnce: true, AttachStdin: true };
}
