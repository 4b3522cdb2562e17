// Where in which session an event stands.
import type { StoredEvent } from '../../event.ts';

export const positionOf = ({ sessionId, epoch, sequence }: StoredEvent) => ({ sessionId, epoch, sequence });
