// A mailbox keeps commands in order, as many as the limit and no more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Mailbox, mailboxCommandsMax } from './mailbox.ts';

test('commands come out in the order they went in, and a full mailbox refuses more', async () => {
  const steps = fc.array(fc.constantFrom('offer', 'offer', 'take'), { maxLength: 4 * mailboxCommandsMax });
  await fc.assert(
    fc.property(steps, (actions) => {
      const mailbox = new Mailbox<number>();
      const expected: number[] = [];
      for (const [at, action] of actions.entries()) {
        if (action === 'take') assert.equal(mailbox.dequeue(), expected.shift());
        else {
          const hasRoom = expected.length < mailboxCommandsMax;
          assert.equal(mailbox.enqueue(at), hasRoom);
          if (hasRoom) expected.push(at);
        }
        assert.equal(mailbox.depth, expected.length);
      }
    }),
  );
});

test('a mailbox that was full takes commands again once one is taken', () => {
  const mailbox = new Mailbox<number>();
  for (let at = 0; at < mailboxCommandsMax; at++) assert.equal(mailbox.enqueue(at), true);
  assert.equal(mailbox.enqueue(-1), false);
  assert.equal(mailbox.dequeue(), 0);
  assert.equal(mailbox.enqueue(-1), true);
  assert.equal(mailbox.depth, mailboxCommandsMax);
});

test('an empty mailbox gives nothing', () => {
  assert.equal(new Mailbox<number>().dequeue(), undefined);
});
