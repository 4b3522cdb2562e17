// Confined commands reach the internet, and no spelling of an address leads back to the engine's own machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayBeReached } from './reach.ts';

test('this machine is not reached, in any spelling', () => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '127.255.0.3',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0.0.0.0',
    '0',
    '169.254.169.254',
    '2852039166',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    'fe80::1',
    'fe80::1%eth0',
    '10.1.2.3',
    'fd00::7',
    'localhost',
    'LOCALHOST.',
    'db.localhost',
    '',
    'a b',
  ])
    assert.equal(mayBeReached(host, ['10.1.2.3', 'fd00::7']), false, host);
});

test('names and other addresses are', () => {
  for (const host of ['github.com', 'example.com', '140.82.121.3', '10.1.2.4', '2606:4700::1111'])
    assert.equal(mayBeReached(host, ['10.1.2.3']), true, host);
});
