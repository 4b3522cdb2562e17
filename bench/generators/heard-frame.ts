// What the bench's clients read of a frame that the engine sends; a field is absent where the frame's type hasn't got it.
import type { AnyServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';

/** The bench gives each of its commands an id, so that no acknowledgement comes without one. */
export type HeardFrame = Omit<AnyServerFrame, 'id'> & { id?: string };

export const readFrame = (text: string): HeardFrame => JSON.parse(text) as HeardFrame;
