// A sign-in that has begun is finished by whoever has the same secret, in time, and by nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowSeal, flowMsMax } from './sign-in-flow.ts';

const flow = { state: 's', nonce: 'n', verifier: 'v', returnPath: '/console/' };
const nowMs = 1_800_000_000_000;

test('another engine with the same secret opens it, until its time is over', async () => {
  const sealed = await new FlowSeal('a secret').seal(flow, nowMs);
  const other = new FlowSeal('a secret');
  assert.deepEqual(await other.open(sealed, nowMs + flowMsMax - 1_000), flow);
  assert.equal(await other.open(sealed, nowMs + flowMsMax), undefined);
});

test('what was changed, or sealed with another secret, is not opened', async () => {
  const sealed = await new FlowSeal('a secret').seal(flow, nowMs);
  assert.equal(await new FlowSeal('another').open(sealed, nowMs), undefined);
  for (const wrong of ['', 'x', `${sealed}x`, sealed.slice(0, -2), sealed.replace(/^[^.]+/, 'eyJhbGciOiJub25lIn0')])
    assert.equal(await new FlowSeal('a secret').open(wrong, nowMs), undefined, wrong);
});

test('the cookie that holds it fits beside others into a request', async () => {
  const longest = {
    state: 's'.repeat(43),
    nonce: 'n'.repeat(43),
    verifier: 'v'.repeat(43),
    returnPath: 'p'.repeat(512),
  };
  assert.ok((await new FlowSeal('a secret').seal(longest, nowMs)).length < 1_500);
});
