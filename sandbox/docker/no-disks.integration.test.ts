// On a machine whose Docker gives no loop devices, workspaces are in memory, bounded there, and each session is told why.
import assert from 'node:assert/strict';
import type Docker from 'dockerode';
import { dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { openDocker } from './docker-client.ts';

/** Docker as on a machine without them: it looks for the device where there is none. */
function openDockerWithoutLoops(): Docker {
  const docker = openDocker();
  const create = docker.createContainer.bind(docker) as (
    options: Docker.ContainerCreateOptions,
  ) => Promise<Docker.Container>;
  const withoutLoops = (options: Docker.ContainerCreateOptions) => {
    const { HostConfig = {} } = options;
    const Devices = HostConfig.Devices?.map((device: object) => ({
      ...device,
      PathOnHost: '/dev/no-such-loop-control',
    }));
    return create({ ...options, HostConfig: { ...HostConfig, ...(Devices && { Devices }) } });
  };
  return Object.assign(docker, { createContainer: withoutLoops });
}

const sandboxes = new TestSandboxes({ docker: openDockerWithoutLoops() });
dockerHooks.after(async () => assert.deepEqual(await sandboxes.close(), []));

dockerTest('without loop devices the workspace is in memory, and the session is told why', async () => {
  const sandbox = await sandboxes.open('memory');
  assert.match(
    sandbox.warning ?? '',
    /^The workspace is in memory, since no disk can be had for it: .*no-such-loop-control/,
  );
  assert.match(await readOutputOf(sandbox, 'df --output=fstype /workspace ~ | sort -u'), /tmpfs\n$/);
  const filled = await readOutputOf(sandbox, 'head -c 400000000 /dev/zero >full; rm full; echo goes on');
  assert.match(filled, /No space left on device\ngoes on\n$/);
  await sandbox.close();
});
