// Compresses what comes part by part, no faster than it is taken.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** @throws what the source throws; a reader that stops early ends the source too */
export async function* zip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zipped = createGzip();
  const fed = pipeline(Readable.from(source, { objectMode: false }), zipped).catch(() => undefined); // Its reader gets the error.
  try {
    for await (const chunk of zipped) yield chunk as Uint8Array;
  } finally {
    zipped.destroy();
    await fed;
  }
}
