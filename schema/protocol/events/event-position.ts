// An event's position: its session, epoch and sequence.
import type { StoredEvent } from '../../event.ts';

export const positionOf = ({ sessionId, epoch, sequence }: StoredEvent) => ({ sessionId, epoch, sequence });
