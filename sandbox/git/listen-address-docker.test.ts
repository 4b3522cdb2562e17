// Containers reach the git proxy on their own network, at an address that the engine really has there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockListOf, familyOf } from '../outbound/address.ts';
import { chooseAddress, type InspectedNetwork } from './listen-address-docker.ts';

const makeBridge = (...Config: { Subnet?: string; Gateway?: string }[]): InspectedNetwork => ({
  Driver: 'bridge',
  IPAM: { Config },
});

function chooseAddresses(network: InspectedNetwork, own: string[]): string[] {
  const address = chooseAddress(network, own);
  assert.ok(address.ok && address.value.kind === 'address');
  return address.value.addresses;
}

test("the git proxy tries the network's gateway, then the engine's addresses on that network, and no others", () => {
  const network = makeBridge({ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' });
  assert.deepEqual(chooseAddresses(network, ['127.0.0.1', '192.0.2.2']), ['172.18.0.1']);
  assert.deepEqual(chooseAddresses(network, ['172.18.0.1', '172.17.0.1']), ['172.18.0.1']);
  assert.deepEqual(chooseAddresses(network, ['172.17.0.5', '172.18.0.5', '::1']), ['172.18.0.1', '172.18.0.5']);
  assert.deepEqual(chooseAddresses(makeBridge({ Subnet: '172.17.0.0/16' }), ['172.17.0.1']), ['172.17.0.1']);
  const dual = makeBridge(
    { Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' },
    { Subnet: 'fd00:1::/64', Gateway: 'fd00:1::1/64' },
  );
  assert.deepEqual(chooseAddresses(dual, ['fd00:1::5']), ['172.18.0.1', 'fd00:1::1', 'fd00:1::5']);
});

test('only addresses of the network may connect', () => {
  const address = chooseAddress(makeBridge({ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }), []);
  assert.ok(address.ok && address.value.kind === 'address');
  const { peers } = address.value;
  const admits = (address: string) => peers.check(address, familyOf(address));
  assert.ok(admits('172.18.0.2') && admits('172.18.255.254'));
  assert.ok(!admits('172.19.0.2') && !admits('192.0.2.7') && !admits('127.0.0.1') && !admits('fe80::1'));
});

test('a text that is no network admits no address, and throws nothing', () => {
  for (const range of [
    '172.18.0.0/x',
    '172.18.0.0/33',
    '172.18.0.0/',
    '172.18.0.0/16/16',
    'fe80::1%eth0/64',
    'anywhere',
  ])
    assert.ok(!blockListOf([range]).check('172.18.0.2', 'ipv4'), range);
  assert.ok(
    blockListOf(['172.18.0.2']).check('172.18.0.2', 'ipv4') && !blockListOf(['172.18.0.2']).check('172.18.0.3', 'ipv4'),
  );
  const ranges = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat()).map((parts) => parts.join('/')),
  );
  fc.assert(fc.property(fc.array(ranges), (some) => blockListOf(some) !== undefined));
});

test("containers on the machine's own network reach the git proxy on loopback", () => {
  assert.deepEqual(chooseAddresses({ Driver: 'host', IPAM: { Config: [] } }, ['192.0.2.2']), ['127.0.0.1']);
});

test('a network without an address for the engine is a failure', () => {
  for (const network of [
    { Driver: 'null' },
    { IPAM: { Config: null } },
    makeBridge(),
    makeBridge({ Subnet: '172.18.0.0/16' }),
  ]) {
    const address = chooseAddress(network, ['172.17.0.1']);
    assert.equal(address.ok ? '' : address.failure.code, 'sandboxFailed');
  }
});
