// The fields that the bench's clients read of the engine's frames; a field is absent where the frame's type hasn't got it.
import type { AnyServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';

/** The bench gives each of its commands an id, so that no acknowledgement comes without one. */
export type ReceivedFrame = Omit<AnyServerFrame, 'id'> & { id?: string };

export const readFrame = (text: string): ReceivedFrame => JSON.parse(text) as ReceivedFrame;
