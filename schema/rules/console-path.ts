// Paths of the console's pages: what one may be sent on to after signing in.

export const consolePath = '/console/';

/** No backslash, which counts as a slash, and no tab, which counts as nothing. */
export const consolePathPattern = /^\/console\/[!-[\]-~]*$/;

/** Only for reading what a path means. */
const base = 'http://engine.invalid';

/** Whether a browser that is sent there stays on the engine, at a page of the console. */
export function isConsolePath(path: string): boolean {
  if (!consolePathPattern.test(path)) return false;
  const { origin, pathname } = new URL(path, base);
  return origin === new URL(base).origin && pathname.startsWith(consolePath);
}
