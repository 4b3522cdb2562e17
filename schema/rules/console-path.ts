// Paths of the console's pages: what one may be sent on to after signing in.

export const consolePath = '/console/';

/** Only for reading what a path means. */
const base = 'http://engine.invalid';

/** Whether a browser that is sent there stays on the engine, at a page of the console. */
export function isConsolePath(path: string): boolean {
  if (!/^\/console\/[!-[\]-~]*$/.test(path)) return false; // A backslash counts as a slash, and a tab as nothing.
  const { origin, pathname } = new URL(path, base);
  return origin === new URL(base).origin && pathname.startsWith(consolePath);
}
