// Tries to sign in are counted by who makes them, and whoever writes headers gets no more of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesMax, TryBudget, triesMax, triesOfAddressMax } from './try-budget.ts';

test('who asks from the internet gets no more tries by naming others, and who asks through a proxy here is counted alone', async () => {
  const budget = new TryBudget();
  const refusalOf = async (address: string, client: string) =>
    (await budget.take({ address, forwardedFor: `,${client}` }))?.code;
  for (let tries = 0; tries < triesMax; tries++) {
    assert.equal(await refusalOf('203.0.113.9', `198.51.100.${tries}`), undefined);
    assert.equal(await refusalOf('10.0.0.2', '198.51.100.7'), undefined);
  }
  assert.equal(await refusalOf('203.0.113.9', '192.0.2.1'), 'tooManyTries');
  assert.equal(await refusalOf('10.0.0.2', '198.51.100.7'), 'tooManyTries');
  assert.equal(await refusalOf('10.0.0.2', '198.51.100.8'), undefined);
});

test('a machine that tries too often takes no tries from others behind the same proxy', async () => {
  const budget = new TryBudget();
  for (let tries = 0; tries < 2 * triesOfAddressMax; tries++)
    await budget.take({ address: '10.0.0.2', forwardedFor: ',198.51.100.7' });
  assert.equal(await budget.take({ address: '10.0.0.2', forwardedFor: ',198.51.100.8' }), undefined);
});

test('who has more addresses than are counted keeps nobody else from signing in', async () => {
  const budget = new TryBudget();
  for (let client = 0; client <= addressesMax; client++)
    await budget.take({ address: `10.0.0.${client % 40}`, forwardedFor: `,client-${client}` });
  assert.equal(await budget.take({ address: '203.0.113.9', forwardedFor: '' }), undefined);
  assert.equal(await budget.take({ address: '10.0.1.1', forwardedFor: ',198.51.100.8' }), undefined);
});

test('all addresses of one IPv6 network have the tries of one machine', async () => {
  const budget = new TryBudget();
  for (let tries = 0; tries < triesMax; tries++)
    assert.equal(await budget.take({ address: `2001:db8::${tries + 1}`, forwardedFor: '' }), undefined);
  assert.equal((await budget.take({ address: '2001:db8::9:9', forwardedFor: '' }))?.code, 'tooManyTries');
  assert.equal(await budget.take({ address: '2001:db8:0:1::1', forwardedFor: '' }), undefined);
});
