// An address is written as people write it, and no caller elsewhere is taken for one on this machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanForwardedFor, isLocal, nearestClientOf, networkOf, peerAddressOf } from './peer.ts';

const at = (...bytes: number[]) => peerAddressOf({ getRemoteAddress: () => Uint8Array.from(bytes).buffer });
const zeros = (count: number): number[] => new Array(count).fill(0);

test('addresses are written in their usual form', () => {
  assert.equal(at(10, 0, 0, 255), '10.0.0.255');
  assert.equal(at(...zeros(10), 0xff, 0xff, 127, 0, 0, 1), '127.0.0.1');
  assert.equal(at(...zeros(15), 1), '::1');
  assert.equal(at(0x20, 0x01, 0x0d, 0xb8, ...zeros(11), 5), '2001:db8::5');
  assert.equal(at(), '');
});

test('a caller is local on loopback only, and where no proxy asks for somebody elsewhere', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1']) assert.ok(isLocal(address, ''), address);
  for (const address of ['', '10.0.0.1', '128.0.0.1', '::2', '1127.0.0.1', '127.0.0.1.evil.example', '172.17.0.1'])
    assert.ok(!isLocal(address, ''), address);
  for (const told of [
    ',127.0.0.1',
    ',::1, 127.0.0.1',
    ',[::1]:80',
    ',"[::1]"',
    ',127.0.0.1:4711',
    ',::ffff:127.0.0.1',
    ', ,',
  ])
    assert.ok(isLocal('127.0.0.1', told), told);
  for (const told of [
    ',10.0.0.1',
    ',127.0.0.1,10.0.0.1',
    ',unknown',
    ',for=127.0.0.1',
    ',_hidden',
    ',[::1',
    ',localhost',
  ])
    assert.ok(!isLocal('127.0.0.1', told), told);
});

test('a proxy’s headers can neither break nor flood a line of the log', () => {
  assert.equal(cleanForwardedFor(',203.0.113.9, ::1'), '203.0.113.9, ::1');
  assert.equal(cleanForwardedFor(',a\nb\x1b[31m'), 'a?b?[31m');
  assert.equal(cleanForwardedFor('x'.repeat(10_000)).length, 200);
});

test('a proxy on this machine or in a private network says for whom it asks, and nobody on the internet does', () => {
  for (const proxy of ['127.0.0.1', '::1', '10.1.2.3', '172.18.0.1', '192.168.1.1', 'fd00::7', 'fe80::1']) {
    assert.equal(nearestClientOf(proxy, ',1.1.1.1, 203.0.113.7:4711'), '203.0.113.7', proxy);
    assert.equal(nearestClientOf(proxy, ''), '', proxy);
  }
  for (const stranger of ['203.0.113.9', '172.32.0.1', '2001:db8::1', 'fec0::1', '', 'localhost'])
    assert.equal(nearestClientOf(stranger, ',203.0.113.7'), '', stranger);
});

test('an IPv6 address counts as its network, and any other as itself', () => {
  for (const address of ['2001:db8:1:2::1', '2001:0DB8:1:2:ffff::9', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1%eth0'])
    assert.equal(networkOf(address), '2001:db8:1:2::', address);
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::');
  assert.equal(networkOf('::1'), '0:0:0:0::');
  for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '', 'unknown']) assert.equal(networkOf(address), address);
});
