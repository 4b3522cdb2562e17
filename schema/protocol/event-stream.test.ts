// Frames as server-sent events: whatever a frame says, a client reads the frame and its id, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { limits } from '../limits.ts';
import { encodeFrame } from './encode-frame.ts';
import { encodeStreamFrame, eventIdOf, eventIdText } from './event-stream.ts';

/** As HTML's standard has a client read one event: lines end at CR, LF or both. */
function readEvent(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') continue;
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    fields[name] = name in fields ? `${fields[name]}\n${value}` : value;
  }
  return fields;
}

test('a client reads the frame that was sent, whatever text is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), fc.nat(), (message, epoch, sequence) => {
      const frame = encodeFrame({
        type: 'status',
        status: 'ready',
        message: `${message}\r\n\ndata: x\u2028`,
        epoch,
        sequence,
      });
      const { id, data, event } = readEvent(encodeStreamFrame(frame, eventIdOf({ epoch, sequence })));
      assert.deepEqual([id, data, event], [`${epoch}-${sequence}`, frame, undefined]);
    }),
  );
});

test('a client hears an error as the event of that name, and one without a position keeps the last id', () => {
  const frame = encodeFrame({ type: 'error', message: 'No.', code: 'draining', retryable: true });
  assert.deepEqual(readEvent(encodeStreamFrame(frame)), { event: 'error', data: frame });
});

test('a client comes back with the id that it was given', () => {
  const id = eventIdText('an id');
  fc.assert(
    fc.property(fc.nat(), fc.nat(limits.sequenceMax), (epoch, sequence) => {
      assert.deepEqual(v.parse(id, eventIdOf({ epoch, sequence })), { epoch, lastSequence: sequence });
    }),
  );
  assert.deepEqual(v.parse(id, '1-999999999999999'), { epoch: 1, lastSequence: limits.sequenceMax });
  for (const given of ['', '7', '-', '1-', '-1', '1-2-3', '1.5-2', '٣-٤', `1-${'9'.repeat(16)}`, ' 1-2', '1-2\n'])
    assert.ok(!v.safeParse(id, given).success, given);
});
