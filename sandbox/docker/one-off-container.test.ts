// The caller is told why a container for one command can't be started, though Docker may first say that it has ended.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type Docker from 'dockerode';
import { runOneOff } from './one-off-container.ts';

test('the reason of a failed start is given, whichever answer of Docker comes first', async () => {
  const container = {
    attach: async () => new PassThrough().end(),
    wait: async () => ({ StatusCode: 128 }),
    start: async () => {
      await setImmediate();
      throw new Error('no available IPv4 addresses');
    },
    remove: async () => undefined,
  };
  const docker = { createContainer: async () => container } as unknown as Docker;
  await assert.rejects(runOneOff(docker, {}), /no available IPv4 addresses/);
});
