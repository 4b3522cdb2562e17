// Tries to sign in are counted by who makes them, and whoever writes headers gets no more of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TryBudget, triesMax } from './try-budget.ts';

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
