// What was on its way to an engine that lost the bus for a moment is asked again as soon as it is back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { succeeded } from '../../schema/error.ts';
import { Asks } from './asks.ts';
import { type Receivers, receiveMessage } from './receive-message.ts';
import { Standing } from './standing.ts';

test('an owner that is on the bus again is asked again at once, with the same number, and its sessions are called', async () => {
  let nowMs = 0;
  const sent: { bootId: string; k: number }[] = [];
  let rolls = 0;
  const asks = new Asks({
    findOwner: async () => ({ kind: 'elsewhere', bootId: 'owner' }),
    send: (bootId, { k }) => sent.push({ bootId, k }) > 0,
    askHere: async () => assert.fail('it is elsewhere'),
    now: () => nowMs,
  });
  const remote = { callRollSoon: () => rolls++ };
  const receivers = { asks, standing: new Standing(), remote } as unknown as Receivers;
  const pass = async (ms: number) => {
    nowMs += ms;
    asks.tick();
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  };
  const answer = asks.ask({ kind: 'measure', sessionId: 's' }, 30_000);
  await pass(0);
  receiveMessage(receivers, 'another', { kind: 'reconnected' }, 0);
  await pass(500);
  assert.equal(sent.length, 1, 'it was not asked');
  receiveMessage(receivers, 'owner', { kind: 'reconnected' }, 0);
  await pass(0);
  await pass(500);
  assert.deepEqual(sent, [sent[0], sent[0]]);
  assert.equal(rolls, 2);
  const reply = succeeded({ kind: 'done' as const, sequence: 1 });
  asks.receiveReply('owner', sent[0]?.k ?? 0, reply);
  assert.deepEqual(await answer, reply);
});
