// Packets come out whole, however their stream was cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DockerStreamReader, PacketReader } from './packet-reader.ts';

type Sent = { isError: boolean; payload: Uint8Array };

const frames = fc.array(fc.record({ isError: fc.boolean(), payload: fc.uint8Array({ maxLength: 300 }) }), {
  maxLength: 20,
});

function streamOf(sent: readonly Sent[]): Buffer {
  return Buffer.concat(
    sent.map(({ isError, payload }) => {
      const header = Buffer.from([isError ? 2 : 1, 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt32BE(payload.length, 4);
      return Buffer.concat([header, payload]);
    }),
  );
}

function* chunksOf(stream: Buffer, sizes: readonly number[]): Iterable<Buffer> {
  let at = 0;
  for (let n = 0; at < stream.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    yield stream.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 });

test('any chunking of a stream gives the same payloads, those of errors apart', async () => {
  await fc.assert(
    fc.property(frames, sizes, (sent, cutInto) => {
      const read: Record<'output' | 'errors', Buffer[]> = { output: [], errors: [] };
      const demux = new DockerStreamReader((payload, isError) =>
        read[isError ? 'errors' : 'output'].push(Buffer.from(payload)),
      );
      for (const chunk of chunksOf(streamOf(sent), cutInto)) demux.add(chunk);
      for (const isError of [false, true]) {
        const expected = Buffer.concat(sent.filter((frame) => frame.isError === isError).map(({ payload }) => payload));
        assert.deepEqual(Buffer.concat(read[isError ? 'errors' : 'output']), expected);
      }
    }),
  );
});

test('each part of a payload comes with its header and with what is still to come', async () => {
  await fc.assert(
    fc.property(frames, sizes, (sent, cutInto) => {
      const payloads: Buffer[] = [];
      let parts: Buffer[] = [];
      const taken = new PacketReader(8, 4, (header, part, left) => {
        parts.push(Buffer.from(part));
        const length = parts.reduce((sum, { length }) => sum + length, 0);
        assert.equal(header.readUInt32BE(4), length + left);
        if (left > 0) return;
        payloads.push(Buffer.concat(parts));
        parts = [];
      });
      for (const chunk of chunksOf(streamOf(sent), cutInto)) taken.add(chunk);
      const expected = sent.map(({ payload }) => Buffer.from(payload)).filter(({ length }) => length > 0);
      assert.deepEqual(payloads, expected);
    }),
  );
});
