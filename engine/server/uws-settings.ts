// Settings that uWebSockets.js reads from the environment while it loads; imported before it, on the main thread.
import { limits } from '../../schema/limits.ts';

/** Headers beyond this are refused by uWebSockets.js in its own words, and up to there by the engine in its own. */
process.env.UWS_HTTP_MAX_HEADERS_SIZE = String(4 * limits.headersBytesMax + limits.cookieBytesMax);
