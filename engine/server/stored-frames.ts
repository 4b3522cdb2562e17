// The frames of a stored event, as a client that comes back gets them.
import type { StoredEvent } from '../../schema/event.ts';
import { adaptFrame, type Features } from '../../schema/protocol/additions.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { NumberedFrames } from '../sessions/directory.ts';

export const storedFramesOf = (event: StoredEvent, features: Features): NumberedFrames => ({
  epoch: event.epoch,
  sequence: event.sequence,
  frames: adaptFrame(frameOf(event), features),
  isLast: endsSession(event),
});

/** A session may end while a client attaches to it, so that its last event is read, not received. */
const endsSession = ({ eventType, metadata }: StoredEvent): boolean =>
  eventType === 'SessionError' || metadata?.status === 'stopped';
