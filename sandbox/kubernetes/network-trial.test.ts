// Whether a sandbox reaches the API server is tried by connections, which a bash of this machine makes here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { succeeded } from '../../schema/error.ts';
import type { Sandbox } from '../sandbox.ts';
import { findOpening } from './network-trial.ts';

/** Runs commands as a Pod does that is told of an API server at this port. */
const sandboxTold = (port: number): Pick<Sandbox, 'run'> => ({
  run: async (command) => {
    const env = { ...process.env, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
    const exitCode = await new Promise<number>((resolve) => {
      execFile('bash', ['-c', command], { env }, (error) => resolve(error ? Number(error.code) : 0));
    });
    return succeeded({ kind: 'exited', exitCode, output: '' });
  },
});

test('a sandbox that reaches the API server is refused, and one that does not is taken', async (t) => {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const open = await findOpening(sandboxTold(address.port), 1);
  assert.match(open.ok ? '' : open.failure.detail, /reach the cluster's API server/);
  assert.equal((await findOpening(sandboxTold(9), 1)).ok, true, 'nobody listens there');
});
