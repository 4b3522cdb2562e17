// The one way from a frame to the text that sockets get.
import type { ServerFrame } from './server-frames/server-frames.ts';

/** Its type comes first: `adaptFrame` reads it there without parsing the rest. */
export const encodeFrame = (frame: ServerFrame): string => JSON.stringify(frame);
