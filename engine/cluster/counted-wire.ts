// Counts what goes over the bus's connection, for metrics.
import type { BusWire } from './wire.ts';

export type WireCounts = { postsIn: number; postsOut: number; bytesIn: number; bytesOut: number; connects: number };

/** @returns the same connection, and its counts, which go on */
export function countWire(wire: BusWire): { wire: BusWire; counts: Readonly<WireCounts> } {
  const counts: WireCounts = { postsIn: 0, postsOut: 0, bytesIn: 0, bytesOut: 0, connects: 0 };
  wire.onChange((isUp) => {
    if (isUp) counts.connects++;
  });
  const counted: BusWire = {
    open: () => wire.open(),
    get isUp() {
      return wire.isUp;
    },
    get bytesMax() {
      return wire.bytesMax;
    },
    send: (subject, bytes) => {
      if (wire.isUp) {
        counts.postsOut++;
        counts.bytesOut += bytes.byteLength;
      }
      wire.send(subject, bytes);
    },
    listen: (subject, receive) =>
      wire.listen(subject, (bytes) => {
        counts.postsIn++;
        counts.bytesIn += bytes.byteLength;
        receive(bytes);
      }),
    flush: () => wire.flush(),
    onChange: (listener) => wire.onChange(listener),
    close: () => wire.close(),
  };
  return { wire: counted, counts };
}
