// A lookup gives only chosen addresses, in both forms in which Node asks for them.
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { type LookupRule, makeCheckedLookup } from './checked-lookup.ts';

const addresses = [
  { address: '10.0.0.1', family: 4 },
  { address: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', family: 6 },
];

const rule: LookupRule = {
  resolve: async () => addresses,
  choose: (found) => found.filter(({ address }) => !address.startsWith('10.')),
  refuse: (hostname) => new Error(`${hostname} is refused`),
};

type Found = string | LookupAddress[] | { refused: string };

const lookUp = (more: Partial<LookupRule>, all: boolean) =>
  new Promise<Found>((resolve) => {
    makeCheckedLookup({ ...rule, ...more })('git.example.org', { all }, (error, found) => {
      resolve(error ? { refused: error.message } : found);
    });
  });

test('a lookup gives the first address that was chosen, or all of them', async () => {
  assert.equal(await lookUp({}, false), '192.0.2.1');
  assert.deepEqual(await lookUp({}, true), addresses.slice(1));
});

test('a lookup fails where no address is chosen, and where the name has none', async () => {
  assert.deepEqual(await lookUp({ choose: async () => [] }, true), { refused: 'git.example.org is refused' });
  assert.deepEqual(await lookUp({ resolve: () => Promise.reject(new Error('ENOTFOUND')) }, false), {
    refused: 'ENOTFOUND',
  });
});
