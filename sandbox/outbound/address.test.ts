// An address is public in all its spellings, or in none.
import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  isAddress,
  isInRange,
  isPublicAddress,
  mayBeReached,
  reservedV4Ranges,
  reservedV6Ranges,
  translateRange,
} from './address.ts';

test('addresses of the internet are public', () => {
  for (const address of ['1.1.1.1', '140.82.121.3', '172.15.255.255', '172.32.0.0', '192.167.1.1', '223.255.255.255'])
    assert.ok(isPublicAddress(address), address);
  for (const address of ['2606:50c0:8000::153', '2a00:1450:4001:82b::200e', '64:ff9b::8c52:7903', '64:ff9b::1.1.1.1'])
    assert.ok(isPublicAddress(address), address);
});

test('addresses of machines, private networks and groups are not public', () => {
  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
  ])
    assert.equal(isPublicAddress(address), false, address);
});

test('a text that is no address is not public', () => {
  for (const text of [
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.1.1.1 ',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    '12345::',
    '[::1]',
    'g::1',
  ])
    assert.ok(!isAddress(text) && !isPublicAddress(text), text);
});

test('an address is one for Node too, and is not public where Node finds it in a private range', async () => {
  const privateV4 = new BlockList();
  for (const [net, bits] of [
    ['10.0.0.0', 8],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ] as const)
    privateV4.addSubnet(net, bits);
  await fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      assert.equal(isAddress(text), isIP(text) !== 0, text);
      if (isIP(text) === 4 && privateV4.check(text)) assert.equal(isPublicAddress(text), false, text);
    }),
  );
});

test('any text is an address where Node says so and it has no zone', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.%[]x') }), (text) => {
      assert.equal(isAddress(text), isIP(text) !== 0 && !text.includes('%'), text);
    }),
    { numRuns: 1_000 },
  );
});

test("a sandbox reaches public addresses, except the machine's own in any spelling", () => {
  assert.ok(mayBeReached('140.82.121.3', ['140.82.121.4', '::1']));
  for (const address of ['140.82.121.4', '127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'localhost', ''])
    assert.ok(!mayBeReached(address, ['140.82.121.4']), address);
  assert.ok(!mayBeReached('2606:4700::1111', ['2606:4700:0000:0000:0000:0000:0000:1111']));
  assert.ok(mayBeReached('2606:4700::1112', ['2606:4700:0000:0000:0000:0000:0000:1111']));
});

/** Compares an address with a network bit by bit, without Node's `BlockList`. */
const isWithin = (bytes: Uint8Array, range: readonly number[], bits: number): boolean =>
  [...Array(bits).keys()].every((at) => bitAt(bytes, at) === bitAt(range, at));
const bitAt = (bytes: ArrayLike<number>, at: number): number => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
const v4Text = (bytes: ArrayLike<number>): string => Array.from(bytes).join('.');
const v6Text = (bytes: ArrayLike<number>): string =>
  [...Array(8).keys()].map((at) => (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16)).join(':');

test('any IPv4 address is public where none of the reserved networks has it, as IPv4 and behind NAT64', async () => {
  const networks = reservedV4Ranges.map((range) => {
    const [base = '', bits] = range.split('/');
    return { base: base.split('.').map(Number), bits: Number(bits) };
  });
  const anywhere = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const nearby = fc.tuple(fc.constantFrom(...networks), anywhere).map(([{ base, bits }, bytes]) => {
    const near = Uint8Array.from(bytes);
    for (let at = 0; at < bits >> 3; at++) near[at] = base[at] ?? 0;
    return near;
  });
  await fc.assert(
    fc.property(fc.oneof(anywhere, nearby), (bytes) => {
      const isPublic = !networks.some(({ base, bits }) => isWithin(bytes, base, bits));
      assert.equal(isPublicAddress(v4Text(bytes)), isPublic, v4Text(bytes));
      assert.equal(isPublicAddress(`64:ff9b::${v4Text(bytes)}`), isPublic, v4Text(bytes));
      assert.equal(isPublicAddress(`::ffff:${v4Text(bytes)}`), false, v4Text(bytes));
    }),
    { numRuns: 1_000 },
  );
});

test('any IPv6 address is public in 2000::/3, outside of the networks that are reserved there', async () => {
  const bytes = fc.tuple(
    fc.constantFrom(0x20, 0x20, 0x3f, 0x26, 0xfe, 0),
    fc.uint8Array({ minLength: 15, maxLength: 15 }),
  );
  await fc.assert(
    fc.property(bytes, ([first, rest]) => {
      const all = Uint8Array.from([first, ...rest]);
      const [, second = 0, third = 0] = all;
      const isReserved =
        (first === 0x20 && second === 1 && (third < 2 || (third === 0x0d && all[3] === 0xb8))) ||
        (first === 0x20 && second === 2) ||
        (first === 0x3f && second === 0xff && third < 16);
      const isPublic = first >> 5 === 1 && !isReserved;
      assert.equal(isPublicAddress(v6Text(all)), isPublic, v6Text(all));
    }),
    { numRuns: 1_000 },
  );
  assert.equal(reservedV6Ranges.length, 4);
});

test('an address is in a network of its own family alone, whose first bits it has', async () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  await fc.assert(
    fc.property(bytes(4), bytes(4), fc.nat(32), (address, base, bits) => {
      const range = `${v4Text(base)}/${bits}`;
      assert.equal(isInRange(v4Text(address), range), isWithin(address, Array.from(base), bits), range);
      assert.equal(isInRange(`::ffff:${v4Text(address)}`, range), false);
      const translated = Uint8Array.from([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ...address]);
      assert.equal(isInRange(v6Text(translated), translateRange(range)), isWithin(address, Array.from(base), bits));
    }),
  );
  await fc.assert(
    fc.property(bytes(16), bytes(16), fc.nat(128), (address, base, bits) => {
      const range = `${v6Text(base)}/${bits}`;
      assert.equal(isInRange(v6Text(address), range), isWithin(address, Array.from(base), bits), range);
      assert.ok(isInRange(v6Text(base), range) && isInRange(v6Text(base), v6Text(base)));
    }),
  );
});
