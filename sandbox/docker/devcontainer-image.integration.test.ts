// A repository's sandbox may be of another image where the operator has listed it; whatever that image is, the walls stay.
import assert from 'node:assert/strict';
import { v7 as uuid } from 'uuid';
import { docker, dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { sandboxUser } from './container-settings.ts';

const own = `lucid-test-image-${uuid().slice(-12)}`;
const sandboxes = new TestSandboxes({ more: { devcontainerImages: [`${own}*`] } });
const made: string[] = [];

/** Makes an image of the sandboxes' own, with these changes. */
async function makeImage(tag: string, changes: string): Promise<string> {
  const container = await docker.createContainer({ Image: sandboxes.settings.image, User: '0' });
  await container.commit({ repo: own, tag, changes });
  await container.remove();
  made.push(`${own}:${tag}`);
  return `${own}:${tag}`;
}

dockerHooks.after(async () => {
  const left = await sandboxes.close();
  for (const name of made) await docker.getImage(name).remove({ force: true });
  assert.deepEqual(left, []);
});

dockerTest('commands run in the image that a repository asks for; its files, home and walls stay', async () => {
  const image = await makeImage('good', 'ENTRYPOINT ["sh","-c","touch /tmp/entered"]\nUSER root\nENV OF_IMAGE=yes');
  const sandbox = await sandboxes.open('good');
  await readOutputOf(sandbox, 'mkdir -p /workspace/repo && cd /workspace/repo && echo kept >a && echo kept >~/b');
  const used = await sandbox.useImage?.(image);
  assert.ok(used?.ok && used.value.imageId.startsWith('sha256:'), JSON.stringify(used));
  assert.equal(
    await readOutputOf(sandbox, 'pwd; cat a ~/b; echo $OF_IMAGE; ls /tmp'),
    '/workspace/repo\nkept\nkept\nyes\n',
  );
  assert.match(
    await readOutputOf(sandbox, 'id; touch /inside 2>&1; ls -A /proc/1/root 2>&1 | head -1'),
    /^uid=1000.*\n.*Read-only/,
  );
  const { Config, HostConfig, Mounts } = await sandboxes.container('good').inspect();
  assert.deepEqual(
    [Config.User, Config.Image, HostConfig.CapDrop, HostConfig.ReadonlyRootfs],
    [sandboxUser, image, ['ALL'], true],
  );
  assert.equal(Mounts.length, 2);

  await sandbox.release();
  const again = await sandboxes.source.open(requestOf('good', { mayExist: true, epoch: 2 }));
  assert.ok(again.ok && !again.value.isFresh);
  assert.equal(await readOutputOf(again.value.sandbox, 'echo $OF_IMAGE; cat ~/b'), 'yes\nkept\n');
  await again.value.sandbox.close();
});

dockerTest(
  'an image that may not or can not be used is a sentence, and the work goes on in the one before',
  async () => {
    const bare = await makeImage('bare', 'ENV PATH=/nothing');
    const unbounded = await makeImage('unbounded', 'VOLUME /data');
    const sandbox = await sandboxes.open('refused');
    await readOutputOf(sandbox, 'echo kept >~/b');
    for (const [image, why] of [
      ['evil.example/miner:latest', `The image evil.example/miner:latest isn't used: these may be used here: ${own}*.`],
      [
        `${own}:absent`,
        `The image ${own}:absent isn't used: it isn't on this machine; its operator can bring it with "docker pull".`,
      ],
      [bare, `The image ${bare} isn't used: it lacks sh, bash, git or python3.`],
      [unbounded, `The image ${unbounded} isn't used: it has volumes, which nothing bounds.`],
    ] as const) {
      const used = await sandbox.useImage?.(image);
      assert.ok(used && !used.ok);
      assert.equal(used.failure.detail, why);
      assert.equal(await readOutputOf(sandbox, 'cat ~/b; command -v python3'), 'kept\n/usr/bin/python3\n');
      assert.equal((await sandboxes.container('refused').inspect()).Config.Image, sandboxes.settings.image);
    }
    const volumes = await docker.listVolumes({ filters: JSON.stringify({ dangling: ['true'] }) as never });
    const ofTest = (volumes.Volumes ?? []).filter(({ Labels }) => Labels?.['lucid.engine_id'] === sandboxes.engineId);
    assert.deepEqual(ofTest, []);
    await sandbox.close();
  },
);

dockerTest('an image without the program that a container of a root begins with is told so', async () => {
  const bare = await makeImage('rootless', 'ENV PATH=/nothing');
  const others = new TestSandboxes({ more: { user: 'namespace-root', devcontainerImages: [bare] } });
  const sandbox = await others.open('rootless');
  const used = await sandbox.useImage?.(bare);
  assert.ok(used && !used.ok);
  assert.equal(used.failure.detail, `The image ${bare} isn't used: it has no python3.`);
  assert.equal(await readOutputOf(sandbox, 'command -v python3'), '/usr/bin/python3\n');
  await sandbox.close();
  assert.deepEqual(await others.close(), []);
});

dockerTest('where the operator has listed none, every image is refused', async () => {
  const others = new TestSandboxes();
  const sandbox = await others.open('none');
  const used = await sandbox.useImage?.('node:24');
  assert.ok(used && !used.ok && /the operator has allowed none \(DEVCONTAINER_IMAGES\)/.test(used.failure.detail));
  await sandbox.close();
  assert.deepEqual(await others.close(), []);
});
