// An address is found on an interface if it is an IPv4 address of that interface's own network, in its usual spelling.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findInterface, isOnContainerBridge } from './bridges.ts';

const table = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
docker0	0000C80A	00000000	0001	0	0	0	00FFFFFF	0	0	0
br-58820b39bcef	0057C90A	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth0	000000AC	00000000	0001	0	0	0	000000FF	0	0	0
br-aaaaaaaaaaaa	000012AC	00000000	0001	0	0	0	0000FFFF	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	0000A8C0	01020A0A	0003	0	0	0	0000FFFF	0	0	0
`;

test('an address is on the interface of the narrowest network that has it', () => {
  assert.equal(findInterface('10.200.0.1', table), 'docker0');
  assert.equal(findInterface('10.201.87.1', table), 'br-58820b39bcef');
  assert.equal(findInterface('172.18.0.1', table), 'br-aaaaaaaaaaaa');
  assert.equal(findInterface('172.19.0.1', table), 'eth0');
  assert.equal(findInterface('192.0.2.2', table), 'eth0');
});

test('an address behind a gateway, of loopback, of the internet or for all addresses is on no interface', () => {
  for (const address of ['192.168.0.1', '127.0.0.1', '8.8.8.8', '0.0.0.0', '255.255.255.255', '', 'localhost'])
    assert.equal(findInterface(address, table), undefined, address);
});

const unusualAddresses = [
  '::',
  '0::',
  '0:0:0:0:0:0:0:0',
  '0000::1',
  '::ffff:10.200.0.1',
  'fd00::1',
  '010.200.0.1',
  '10.51201',
];

test('an IPv6 address, or an IPv4 address in another spelling, is on no interface', () => {
  for (const address of unusualAddresses) assert.equal(findInterface(address, table), undefined, address);
  fc.assert(fc.property(fc.ipV6(), (address) => !isOnContainerBridge(address) && !findInterface(address, table)));
});
