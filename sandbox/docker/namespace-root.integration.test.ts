// Where the operator wants it, commands are root of a namespace of their own: they install what they need, and reach no further than before.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import type { Sandbox } from '../sandbox.ts';
import {
  docker,
  dockerDescribe,
  dockerHooks,
  dockerTest,
  readOutputOf,
  TestSandboxes,
} from '../testing/docker-sandboxes.ts';
import { leaveOut } from '../testing/left-out.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { defaultImage } from './container-settings.ts';

const image = `${defaultImage}-root`;
const hasImage = await docker
  .getImage(image)
  .inspect()
  .then(
    () => true,
    () => false,
  );
const why = 'there is no image for it; "npm run sandbox:build -- --root" makes one';
const rootTest: typeof dockerTest = (name, act) => (hasImage ? dockerTest(name, act) : leaveOut(name, why));

const sandboxes = new TestSandboxes({ more: { user: 'namespace-root', image } });
let sandbox: Sandbox;
dockerHooks.before(async () => {
  if (hasImage) sandbox = await sandboxes.open('root');
});
dockerHooks.after(async () => {
  if (hasImage) await sandbox.close();
  assert.deepEqual(await sandboxes.close(), []);
});

/** Makes a package of Debian whose files are other accounts', and which gives a folder away. */
const makePackage = `cd /tmp && mkdir -p p/DEBIAN p/usr/bin p/var/lib/made && chmod 755 p p/DEBIAN &&
printf 'Package: made\\nVersion: 1\\nArchitecture: all\\nMaintainer: a\\nDescription: x\\n' >p/DEBIAN/control &&
printf '#!/bin/sh\\necho made\\n' >p/usr/bin/made && printf '#!/bin/sh\\nset -e\\nchown games:games /var/lib/made\\nadduser --system made\\n' >p/DEBIAN/postinst &&
chmod 755 p/usr/bin/made p/DEBIAN/postinst && dpkg-deb --build p made.deb`;

rootTest('apt-get installs a package, which the home holds and the next activation finds', async () => {
  assert.equal(sandbox.warning, undefined);
  assert.equal(
    await readOutputOf(sandbox, 'id -u; whoami; cut -c1-40 /proc/self/uid_map | tr -s " "'),
    '0\nroot\n 0 1000 1\n',
  );
  await readOutputOf(sandbox, makePackage);
  const said = await readOutputOf(
    sandbox,
    'apt-get install -y /tmp/made.deb 2>&1 && made && getent passwd made',
    60_000,
  );
  assert.match(said, /\nmade\nmade:x:/);
  assert.match(
    await readOutputOf(sandbox, 'apt-get install -y --reinstall /tmp/made.deb 2>&1 && echo again', 60_000),
    /again\n$/,
  );
  await sandbox.release();
  const again = await sandboxes.source.open(requestOf('root', { mayExist: true, epoch: 2 }));
  assert.ok(again.ok && !again.value.isFresh);
  sandbox = again.value.sandbox;
  assert.equal(await readOutputOf(sandbox, 'made; id -u'), 'made\n0\n');
  await sandboxes.killGuest('root');
  assert.equal(await readOutputOf(sandbox, 'made; id -u'), 'made\n0\n');
});

rootTest('the machine sees its unprivileged user alone, and files that this leaves are that user’s', async () => {
  await readOutputOf(sandbox, 'cp /bin/sh /workspace/shell && chmod 6755 /workspace/shell && (sleep 60 &) ');
  const container = sandboxes.container('root');
  const { Processes } = (await container.top({ ps_args: '-eo uid,gid,pid' })) as { Processes: string[][] };
  assert.ok(Processes.length > 3);
  for (const [uid, gid] of Processes) assert.deepEqual([uid, gid], ['1000', '1000']);
  const exec = await container.exec({
    Cmd: ['stat', '-c', '%u:%g', '/workspace/shell'],
    User: '1000:1000',
    AttachStdout: true,
  });
  const stream = await exec.start({});
  const output = (await stream.toArray()).map(String).join('');
  assert.match(output, /1000:1000/);
  const { HostConfig } = await container.inspect();
  assert.deepEqual(
    [HostConfig.CapAdd, HostConfig.CapDrop, HostConfig.Privileged, HostConfig.ReadonlyRootfs],
    [null, ['ALL'], false, true],
  );
  assert.match(await readOutputOf(sandbox, 'cat /proc/self/status'), /^NoNewPrivs:\s+1\nSeccomp:\s+2$/m);
});

rootTest('what would lead out of the container is denied to its root, too', async () => {
  const call = (number: number, ...rest: string[]) =>
    `python3 -c "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); r = c.syscall(${[number, ...rest].join(', ')}); print(os.strerror(ctypes.get_errno())); exit(r != 0)"`;
  for (const attempt of [
    'touch /inside',
    'mount -t tmpfs none /mnt',
    'mount --bind /workspace /mnt',
    'mount -o remount,rw /',
    'umount /usr',
    'umount /home/agent/.lucid-root',
    'touch /home/agent/.lucid-root/usr',
    'umount /workspace',
    'unshare -U true',
    'unshare -m true',
    'unshare -n true',
    'nsenter -t 1 -m true',
    'nsenter -t 1 -U true',
    'chroot / true',
    'mknod /workspace/disk b 254 0',
    'mknod /usr/disk c 1 1',
    'echo 1 > /proc/sys/kernel/panic',
    'echo "|/workspace/x" > /proc/sys/kernel/core_pattern',
    'echo 0 > /sys/fs/cgroup/memory/memory.limit_in_bytes || echo max > /sys/fs/cgroup/memory.max',
    'echo /workspace/x > /sys/fs/cgroup/memory/release_agent',
    'echo b > /proc/sysrq-trigger',
    'cat /dev/mem /dev/sda /dev/vda',
    'kill -9 1',
    'python3 -c "import os; os.setuid(1)"',
    'python3 -c "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"',
    'python3 -c "import socket; socket.socket(40, socket.SOCK_STREAM)"',
    'ip link add x type dummy || exit 1',
    'dmesg',
    'date -s 2001-01-01',
    'hostname changed',
    'renice -n -5 -p $$',
    'ulimit -n 100000',
    'echo "0 0 1" > /proc/self/uid_map',
    ...(process.arch === 'x64'
      ? [
          call(165, '0', '0', '0', '0', '0'),
          call(0x4000_0000 + 165),
          call(435, '0', '0'),
          call(428, '-100', '0', '1'),
          call(425, '1', '0'),
        ]
      : []),
  ]) {
    const output = await readOutputOf(sandbox, `( ${attempt} ) 2>&1 && echo DONE`);
    assert.doesNotMatch(output, /DONE/, attempt);
    assert.match(
      output,
      /denied|not permitted|Read-only|cannot|must be|No such|not found|not implemented|not supported|failure|Error|Invalid/i,
      attempt,
    );
  }
  assert.equal(await readOutputOf(sandbox, 'id -u; ls /var/run/docker.sock 2>/dev/null'), '0\n');
});

rootTest('what root writes is bounded as before', async () => {
  const filled = await readOutputOf(sandbox, 'head -c 400000000 /dev/zero >/usr/full; rm -f /usr/full; echo ok');
  assert.match(filled, /No space left on device\nok\n$/);
});

dockerTest('where the image is not for it, the session goes on as an ordinary user and is told why', async () => {
  const others = new TestSandboxes({ more: { user: 'namespace-root' } });
  const ordinary = await others.open('ordinary');
  assert.match(
    ordinary.warning ?? '',
    /^Commands are not root, not even in a namespace of their own: the image's files belong to its root; /,
  );
  assert.equal(await readOutputOf(ordinary, 'id -u; touch /usr/x 2>&1 | grep -c Read-only'), '1000\n1\n');
  for (const attempt of ['unshare -U true', 'nsenter -t 1 -U true', 'mount -t tmpfs none /mnt', 'chown 0 /workspace'])
    assert.doesNotMatch(await readOutputOf(ordinary, `( ${attempt} ) 2>&1 && echo DONE`), /DONE/, attempt);
  await ordinary.close();
  assert.deepEqual(await others.close(), []);
});

rootTest(
  'an image that a repository asks for and that is not made for it leaves the user ordinary, which is told',
  async () => {
    const more = { user: 'namespace-root', image, devcontainerImages: [defaultImage] } as const;
    const others = new TestSandboxes({ more });
    const asked = await others.open('asked');
    assert.deepEqual([asked.isRoot, asked.warning], [true, undefined]);
    const used = await asked.useImage?.(defaultImage);
    assert.ok(used?.ok, JSON.stringify(used));
    assert.equal(asked.isRoot, false);
    assert.match(asked.warning ?? '', /^Commands are not root, .*: the image's files belong to its root; /);
    assert.equal(await readOutputOf(asked, 'id -u'), '1000\n');
    await asked.close();
    assert.deepEqual(await others.close(), []);
  },
);

if (hasImage)
  dockerDescribe('the conformance of the Docker sandbox whose commands are root of a namespace', () => {
    const tested = new TestSandboxes({ more: { user: 'namespace-root', image } });
    after(async () => assert.deepEqual(await tested.close(), []));
    testSandboxContract('The Docker sandbox of a root', () => tested.open(), { bash: true });
  });
