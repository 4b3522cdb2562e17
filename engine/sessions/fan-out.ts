// Gives a session's frames to all its followers, encoded once for each set of additions.
import { adaptFrame, type Features } from '../../schema/protocol/additions.ts';
import type { CommittedFrame } from '../../schema/thread.ts';
import type { Follower, Frame, NumberedFrames } from './directory.ts';

/** Gives the followers frames of committed events of one session, in order. */
export function deliverTo(followers: ReadonlySet<Follower>, events: readonly CommittedFrame[]): void {
  const isShared = followers.size > 1;
  const encoded = makeOncePerFeatures((features): readonly NumberedFrames[] =>
    events.map(({ epoch, sequence, frame, isLast }) => ({
      epoch,
      sequence,
      isLast,
      frames: encodeFrame(frame, features, isShared),
    })),
  );
  for (const follower of followers) follower.deliver(encoded(follower.features));
}

/** Gives the followers a transient frame. */
export function showTransientTo(followers: ReadonlySet<Follower>, frame: string): void {
  const encoded = makeOncePerFeatures((features) => encodeFrame(frame, features, followers.size > 1));
  for (const follower of followers) follower.showTransient(encoded(follower.features));
}

/** Encodes a frame as bytes for several followers, since sending bytes costs 0.27 µs and sending text 0.44. */
function encodeFrame(frame: string, features: Features, isShared: boolean): readonly Frame[] {
  const frames = adaptFrame(frame, features);
  return isShared ? frames.map((text) => Buffer.from(text)) : frames;
}

/** Makes a value once for each set of additions, when it is first needed. */
function makeOncePerFeatures<T>(make: (features: Features) => T): (features: Features) => T {
  const made = new Map<Features, T>();
  return (features) => {
    const known = made.get(features);
    if (known !== undefined) return known;
    const fresh = make(features);
    made.set(features, fresh);
    return fresh;
  };
}
