// The operator's list of opened hosts opens the hosts that it names, and no others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { OpenedHost } from '../../schema/thread.ts';
import { isOpened, parseOpenedHosts } from './opened-hosts.ts';

function parseOpened(list: string): readonly OpenedHost[] {
  const hosts = parseOpenedHosts(list);
  assert.ok(hosts.ok, list);
  return hosts.value;
}

test('names, addresses and networks are read, whole or with one port', () => {
  assert.deepEqual(parseOpened(' Registry.example.lan, 10.0.0.7:3000,10.0.5.0/24:443, [fd00::7]:80, fd00::/8 ,,'), [
    { host: 'registry.example.lan', port: undefined },
    { host: '10.0.0.7', port: 3000 },
    { host: '10.0.5.0/24', port: 443 },
    { host: 'fd00::7', port: 80 },
    { host: 'fd00::/8', port: undefined },
  ]);
  assert.deepEqual(parseOpened(''), []);
});

test('a list with an entry that names no host is refused', () => {
  for (const entry of [
    '*',
    '*.lan',
    'http://a',
    'a b',
    'a:0',
    'a:65536',
    '10.0.0',
    '10.0.0.0/33',
    '1.2.3.4/',
    '[a]:1',
    '::/129',
  ])
    assert.deepEqual(parseOpenedHosts(`fine, ${entry}`).ok, false, entry);
});

test('a host is opened by its name, its address or its network, at the named port', () => {
  const list = parseOpened('registry.lan:5000, 10.0.5.0/24, fd00::7');
  for (const [host, port] of [
    ['REGISTRY.lan', 5000],
    ['10.0.5.255', 1],
    ['fd00::7', 9],
    ['fd00:0::7', 9],
  ] as const)
    assert.ok(isOpened(list, { host, port }), host);
  for (const [host, port] of [
    ['registry.lan', 80],
    ['x.registry.lan', 5000],
    ['10.0.6.0', 1],
    ['fd00::8', 9],
    ['::ffff:10.0.5.1', 1],
  ] as const)
    assert.ok(!isOpened(list, { host, port }), host);
});

test('an empty list opens no host', () => {
  void fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      fc.nat(65_535),
      (host, port) => !isOpened([], { host, port }),
    ),
  );
});
