// The machine's own addresses are those at which the kernel answers, whether or not their interface has a carrier.
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { parseLocalAddresses, parseV6Addresses, readOwnAddresses } from './own-addresses.ts';

test("an interface without a carrier has its address, as Docker's has without containers", () => {
  const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 172.17.0.0/16 2 0 2
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.1
           /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
Local:
     |-- 127.0.0.1
        /32 host LOCAL
`;
  assert.deepEqual(parseLocalAddresses(trie), ['172.17.0.1', '127.0.0.1']);
});

test('IPv6 addresses are read from hexadecimal', () => {
  const table = `00000000000000000000000000000001 01 80 10 80       lo
26064700000000000000000000001111 02 40 00 80     eth0
`;
  assert.deepEqual(parseV6Addresses(table), [
    '0000:0000:0000:0000:0000:0000:0000:0001',
    '2606:4700:0000:0000:0000:0000:0000:1111',
  ]);
});

test('every address of this machine that Node knows is among them', async () => {
  const own = await readOwnAddresses();
  for (const found of Object.values(networkInterfaces()))
    for (const { address } of found ?? []) assert.ok(own.includes(address), address);
});
