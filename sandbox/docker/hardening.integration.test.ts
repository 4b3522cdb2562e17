// A sandbox's container has every restriction, field by field, and commands inside meet it.
import assert from 'node:assert/strict';
import type Docker from 'dockerode';
import type { Sandbox } from '../sandbox.ts';
import { docker, dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { dockerfileLabel, labels, ownNetworkName, processesMax, workspaceBytesOf } from './container-settings.ts';
import { isDiskPath } from './disks/disks.ts';

const megabyte = 1024 * 1024;
const canary = 'canary-3f9a1c';

/** Versions of Docker write an absent value in different ways. */
const orNull = (value: unknown) =>
  value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0) ? null : value;

const sandboxes = new TestSandboxes();
const { settings } = sandboxes;
let sandbox: Sandbox;
let inspected: Docker.ContainerInspectInfo & { ExecIDs?: string[] | null | undefined };

dockerHooks.before(async () => {
  process.env.LUCID_TEST_SECRET = canary;
  sandbox = await sandboxes.open('hardened');
  inspected = await sandboxes.container('hardened').inspect();
});
dockerHooks.after(async () => {
  delete process.env.LUCID_TEST_SECRET;
  await sandbox?.close();
  assert.deepEqual(await sandboxes.close(), []);
});

dockerTest('a container has every restriction, as docker inspect says', async () => {
  const { HostConfig: host, Config: config } = inspected;
  const expected = {
    CapAdd: null,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'], // Docker's default profile for seccomp applies, since nothing else is named.
    Privileged: false,
    ReadonlyRootfs: true,
    PidsLimit: processesMax,
    Memory: settings.memoryBytes,
    MemorySwap: settings.memoryBytes,
    NanoCpus: settings.cpus * 1e9,
    IpcMode: 'private',
    CgroupnsMode: 'private',
    PidMode: '',
    UTSMode: '',
    UsernsMode: '',
    Init: true,
    Binds: null,
    VolumesFrom: null,
    Devices: null,
    DeviceRequests: null,
    GroupAdd: null,
    Links: null,
    PortBindings: null,
    PublishAllPorts: false,
    OomKillDisable: false,
    OomScoreAdj: 500,
    NetworkMode: (await docker.getNetwork(ownNetworkName(settings.engineId)).inspect()).Id,
    Ulimits: [
      { Name: 'nofile', Soft: 4_096, Hard: 4_096 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    LogConfig: { Type: 'json-file', Config: { 'max-file': '1', 'max-size': '1m' } },
  };
  const found = Object.keys(expected).map((name) => [name, orNull(host[name as keyof typeof host])]);
  assert.deepEqual(Object.fromEntries(found), expected);
  assert.deepEqual(Object.keys(host.Tmpfs ?? {}), ['/dev/shm', '/run/lucid', '/tmp']);
  for (const options of Object.values(host.Tmpfs ?? {})) assert.match(options, /nosuid,nodev.*size=\d+,nr_inodes=\d+/);
  assert.equal(config.User, '1000:1000');
  assert.equal(config.WorkingDir, '/workspace');
  assert.ok((host.MaskedPaths ?? []).includes('/proc/kcore') && (host.ReadonlyPaths ?? []).includes('/proc/sys'));
});

dockerTest('a container has the labels and nothing secret in its environment, as docker inspect says', async () => {
  const { [dockerfileLabel]: _, ...own } = inspected.Config.Labels; // The image's label is left out.
  assert.deepEqual(own, {
    [labels.managed]: 'true',
    [labels.session]: 'hardened',
    [labels.engine]: settings.engineId,
    [labels.run]: settings.runId,
  });
  const image = await docker.getImage(settings.image).inspect();
  assert.deepEqual([...inspected.Config.Env].sort(), [...image.Config.Env].sort());
  assert.ok(image.Config.Env.includes('HOME=/home/agent'));
  assert.doesNotMatch(JSON.stringify(inspected), new RegExp(canary));
});

dockerTest(
  'a container has two mounts, its workspace and its home, disks of bounded size, as docker inspect says',
  async () => {
    const { Mounts } = inspected;
    assert.deepEqual(Mounts.map(({ Destination }) => Destination).sort(), ['/home/agent', '/workspace']);
    for (const { Type, Name } of Mounts) {
      assert.equal(Type, 'volume');
      const volume = await docker.getVolume(Name ?? '').inspect();
      const { device = '', ...options } = volume.Options ?? {};
      assert.deepEqual(options, { o: 'nosuid,nodev,noatime,discard', type: 'ext4' });
      assert.ok(isDiskPath(device), device);
      assert.equal(volume.Labels[labels.engine], settings.engineId);
    }
  },
);

dockerTest(
  'where workspaces are in memory, the workspace is a volume of bounded size there, and home is bounded too',
  async () => {
    const inMemory = new TestSandboxes({ more: { workspaceKind: 'memory' } });
    const other = await inMemory.open('in-memory');
    const { Mounts, HostConfig } = await inMemory.container('in-memory').inspect();
    assert.deepEqual(
      Mounts.map(({ Destination }) => Destination),
      ['/workspace'],
    );
    const volume = await docker.getVolume(Mounts[0]?.Name ?? '').inspect();
    const bytes = workspaceBytesOf(settings);
    const options = `size=${bytes},nr_inodes=${bytes / 8192},uid=1000,gid=1000,mode=0755,nosuid,nodev`;
    assert.deepEqual(volume.Options, { device: 'tmpfs', o: options, type: 'tmpfs' });
    for (const bounds of Object.values(HostConfig.Tmpfs ?? {}))
      assert.match(bounds, /nosuid,nodev.*size=\d+,nr_inodes=\d+/);
    const sizes = await readSizes(other);
    assert.equal(sizes.get('/workspace'), bytes);
    const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(sizes.size === 4 && all < settings.memoryBytes * 0.8, 'full disks leave memory for processes');
    await other.close();
    assert.deepEqual(await inMemory.close(), []);
  },
);

dockerTest(
  'docker inspect: the network keeps containers from each other, and every exec runs as user 1000',
  async () => {
    const network = await docker.getNetwork(ownNetworkName(settings.engineId)).inspect();
    assert.equal(network.Options?.['com.docker.network.bridge.enable_icc'], 'false');
    assert.deepEqual(Object.keys(inspected.NetworkSettings.Networks), [ownNetworkName(settings.engineId)]);
    const ids = inspected.ExecIDs ?? [];
    assert.ok(ids.length > 0);
    for (const id of ids) {
      const { ProcessConfig } = (await docker.getExec(id).inspect()) as { ProcessConfig: Record<string, unknown> };
      assert.equal(ProcessConfig.user, '1000:1000');
      assert.equal(ProcessConfig.privileged ?? false, false);
    }
  },
);

dockerTest('a command is user 1000, without capabilities or a way to more privileges', async () => {
  const output = await readOutputOf(sandbox, 'cat /proc/self/status /proc/1/status; ps -eo uid= | sort -u; id');
  for (const line of [...output.matchAll(/^Cap(Inh|Prm|Eff|Bnd|Amb):\s+(\w+)/gm)])
    assert.equal(Number(line[2]), 0, line[0]);
  assert.equal(output.match(/^NoNewPrivs:\s+1$/gm)?.length, 2);
  assert.equal(output.match(/^Seccomp:\s+2$/gm)?.length, 2);
  assert.match(output, /\n +1000\nuid=1000\(agent\) gid=1000\(agent\) groups=1000\(agent\)\n$/);
});

dockerTest('system calls and devices that would lead out of the container are denied', async () => {
  for (const attempt of [
    'touch /inside',
    'touch /usr/bin/inside',
    'rm -f /bin/bash',
    'touch /etc/inside',
    'mount -t tmpfs none /mnt',
    'mount -o remount,rw /',
    'umount /workspace',
    'unshare -U true',
    'unshare -m true',
    'nsenter -t 1 -m true',
    'chroot / true',
    'mknod /workspace/disk b 254 0',
    'su -c true',
    'echo 1 > /proc/sys/kernel/panic',
    'echo 0 > /sys/fs/cgroup/memory/memory.limit_in_bytes || echo max > /sys/fs/cgroup/memory.max',
    'echo b > /proc/sysrq-trigger',
    'cat /dev/mem /dev/sda /dev/vda',
    'python3 -c "import os; os.setuid(0)"',
    'python3 -c "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"',
    'dmesg',
    'date -s 2001-01-01',
    'hostname changed',
    'renice -n -5 -p $$',
    'ulimit -c unlimited',
    'ulimit -n 100000',
  ]) {
    const output = await readOutputOf(sandbox, `( ${attempt} ) 2>&1 && echo DONE`);
    assert.doesNotMatch(output, /DONE/, attempt);
    assert.match(output, /denied|not permitted|Read-only|cannot|must be|No such|failure|Error|Invalid/i, attempt);
  }
});

dockerTest("neither Docker nor the engine's secrets are inside", async () => {
  assert.equal(
    await readOutputOf(sandbox, 'ls /var/run/docker.sock /run/docker.sock 2>/dev/null; command -v docker'),
    '',
  );
  const environments = await readOutputOf(sandbox, 'cat /proc/*/environ | tr "\\0" "\\n"; env');
  assert.doesNotMatch(environments, new RegExp(`${canary}|KEY|SECRET|TOKEN|PASSWORD`, 'i'));
  assert.doesNotMatch(await readOutputOf(sandbox, 'mount; ls -R /run'), /docker\.sock/);
});

/** Reads the sizes of what can be written to, in bytes. */
async function readSizes(from: Sandbox): Promise<Map<string | undefined, number>> {
  const sizes = await readOutputOf(from, 'df -B1 --output=size,target /workspace /tmp /home/agent /run/lucid');
  return new Map([...sizes.matchAll(/(\d+) (\S+)$/gm)].map(([, size, target]) => [target, Number(size)]));
}

dockerTest('the workspace, /tmp and home are bounded in size and in files', async () => {
  const sizes = await readSizes(sandbox);
  for (const disk of ['/workspace', '/home/agent']) {
    const size = sizes.get(disk) ?? 0;
    assert.ok(size > settings.workspaceBytes * 0.9 && size <= settings.workspaceBytes, disk);
    const files = Number(await readOutputOf(sandbox, `df --output=itotal ${disk} | tail -1`));
    assert.ok(files > 1_000 && files <= settings.workspaceBytes / 8192, disk);
    const filled = await readOutputOf(
      sandbox,
      `head -c ${settings.workspaceBytes} /dev/zero >${disk}/full; rm ${disk}/full`,
    );
    assert.match(filled, /No space left/);
  }
  assert.equal(sizes.get('/run/lucid'), megabyte);
});

dockerTest('containers do not reach each other', async () => {
  const other = await sandboxes.open('neighbour');
  try {
    const address = (await readOutputOf(other, 'hostname -I')).trim();
    await readOutputOf(
      other,
      'python3 -m http.server 8765 & for i in $(seq 300); do curl -s localhost:8765 && break; sleep 0.1; done',
    );
    assert.match(await readOutputOf(other, `curl -s -m 2 http://${address}:8765`), /Directory listing/);
    const output = await readOutputOf(
      sandbox,
      `curl -s -m 2 http://${address}:8765; echo "curl: $?"; getent hosts neighbour`,
    );
    assert.match(output, /^curl: (7|28)\n$/);
  } finally {
    await other.close();
  }
});
