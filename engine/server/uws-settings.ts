// Settings that uWebSockets.js reads from the environment while it loads: to be imported before it, on the main thread.
import { limits } from '../../schema/limits.ts';

/** Beyond this uWebSockets.js refuses headers in its own words; up to there we refuse them in ours. */
process.env.UWS_HTTP_MAX_HEADERS_SIZE = String(4 * limits.headersBytesMax);
