// Encodes every frame that the engine sends.
import type { ServerFrame } from './server-frames/server-frames.ts';

/** The text begins with the type, which `adaptFrame` reads without parsing the rest. */
export const encodeFrame = (frame: ServerFrame): string => JSON.stringify(frame);
