// How long receivers take to answer decides which slots their deliveries have: who is slow delays nobody else. Pure.

/** Of a webhook, by its last try: answered or refused soon; not tried yet; anything else. */
export const paces = ['quick', 'new', 'slow'] as const;
export type Pace = (typeof paces)[number];

/** A try that takes longer makes its webhook slow, and a stream that is held longer leaves its slot to others. */
export const quickMsMax = 1_000;

/** Streams of one user that are delivered at a time, by pace, over all engines. */
export const userStreamsMax: Record<Pace, number> = { quick: 8, new: 4, slow: 4 };

/** Streams of each pace that an engine delivers at a time. */
export const paceStreamsMax = 256;
/** All that an engine delivers at a time, with those that are held: each is a connection, with TLS some 60 KB. */
export const streamsMax = 1_024;

export const paceOf = (isQuick: boolean | null): Pace => (isQuick === null ? 'new' : isQuick ? 'quick' : 'slow');

type Held = { pace: Pace; sinceMs: number };

/** @returns how many more streams of the pace may begin; those of slow webhooks leave room to others, and not the reverse */
export function countFree(pace: Pace, held: Iterable<Held>, nowMs: number): number {
  let [ofPace, all] = [0, 0];
  for (const one of held) {
    all++;
    if (one.pace === pace && (pace === 'slow' || nowMs - one.sinceMs <= quickMsMax)) ofPace++;
  }
  return Math.max(0, Math.min(paceStreamsMax - ofPace, streamsMax - all));
}
