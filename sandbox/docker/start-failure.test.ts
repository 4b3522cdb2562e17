// A fault that an operator can mend is told apart from one that passes, by the messages of Docker's versions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeImageTrouble, isAddressPoolEmpty, startFailureOf } from './start-failure.ts';

const named = { image: 'sandbox', runtime: undefined, network: undefined, cpus: 1 };
const failureOf = (message: string) => startFailureOf(Object.assign(new Error(message), { statusCode: 500 }), named);

test('a full network is overload, and not taken for a machine without room for another network', () => {
  for (const words of [
    "no available IPv4 addresses on this network's address pools: lucid-e (d869b34089da)",
    "failed to set up container networking: no available IPv6 addresses on this network's address pools: lucid-e (d8)",
    'failed to create endpoint s on network lucid-e: adding interface veth0701cb7 to bridge br-d8 failed: exchange full',
  ]) {
    assert.deepEqual([failureOf(words).code, isAddressPoolEmpty(new Error(words))], ['overloaded', false], words);
    assert.match(failureOf(words).detail, /^Too many sandboxes are kept/);
  }
});

test('a machine without room for another network is to be mended', () => {
  for (const words of [
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    'all predefined address pools have been fully subnetted',
  ]) {
    assert.deepEqual([failureOf(words).code, isAddressPoolEmpty(new Error(words))], ['sandboxUnavailable', true]);
    assert.match(failureOf(words).detail, /docker network prune/);
  }
});

test('an image without the program that a container begins with is told by that program, not in Docker’s words', () => {
  const words =
    '(HTTP code 400) unexpected - failed to create task for container: failed to create shim task: OCI runtime create ' +
    'failed: runc create failed: unable to start container process: error during container init: exec: "python3": ' +
    'executable file not found in $PATH: unknown ';
  assert.equal(describeImageTrouble(Object.assign(new Error(words), { statusCode: 400 })), 'it has no python3.');
  assert.match(describeImageTrouble(new Error('no space left on device')), /^no container of it can be started: /);
});
