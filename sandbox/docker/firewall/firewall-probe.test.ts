// What counts as reached from a sandbox's network, while the machine's addresses come and go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropLostAddresses, type ProbedPlace } from './firewall-probe.ts';

test('a public address that the machine has lost meanwhile was answered by the internet; all else counts', () => {
  const kept: ProbedPlace[] = [
    ['10.0.0.1', 8_000],
    ['169.254.169.254', 80],
    ['168.63.129.16', 80],
    ['51.51.51.2', 8_000],
  ];
  assert.deepEqual(dropLostAddresses([...kept, ['51.51.51.1', 8_000]], ['51.51.51.1', '10.0.0.1']), kept);
});
