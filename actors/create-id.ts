// Makes ids: UUIDs of version 7, which grow with time.
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const bytesPerId = 16;
/** Ids per draw of random bytes: a draw takes 6 µs whatever its size, as long as the rest of recording an event. */
const idsDrawnAtOnce = 256;

const drawnBytes = new Uint8Array(idsDrawnAtOnce * bytesPerId);
let usedBytes = drawnBytes.length;

export function createId(): string {
  if (usedBytes === drawnBytes.length) {
    randomFillSync(drawnBytes);
    usedBytes = 0;
  }
  const random = drawnBytes.subarray(usedBytes, usedBytes + bytesPerId);
  usedBytes += bytesPerId;
  return v7({ random });
}
