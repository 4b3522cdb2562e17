// Cookies as the engine reads and writes them: two of its own, and whatever else a browser sends beside them.

/** Who has signed in, and a sign-in at a provider that has begun. */
export type CookieName = 'lucid_console' | 'lucid_sign_in';

/** Browsers keep a cookie with this prefix only from the host itself, over https, for the whole of it. */
const hostPrefix = '__Host-';

/**
 * A cookie of the other spelling counts where there is none over https, unless the engine is known to be asked so: then
 * somebody may have slipped it in.
 * @returns its values, in the order in which they came; more than one are not to be believed
 */
export function readCookie(header: string, name: CookieName, isHttpsOnly: boolean): string[] {
  const pairs = header.split(';').map((pair) => pair.trim().split(/=(.*)/s, 2));
  const valuesOf = (spelling: string) =>
    pairs.flatMap(([given, value]) => (given === spelling && value ? [value] : []));
  const overHttps = valuesOf(hostPrefix + name);
  return overHttps.length > 0 || isHttpsOnly ? overHttps : valuesOf(name);
}

/** `Lax` sends it with links that lead here, and with nothing that another site's page asks for. */
export const writeCookie = (name: CookieName, value: string, isHttps: boolean, maxAgeMs: number): string =>
  [
    `${isHttps ? hostPrefix : ''}${name}=${value}`,
    'Path=/',
    `Max-Age=${Math.ceil(maxAgeMs / 1_000)}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(isHttps ? ['Secure'] : []),
  ].join('; ');

/** What makes a browser forget the cookie, in both spellings. */
export const forgetCookie = (name: CookieName): string[] => [
  writeCookie(name, '', true, 0),
  writeCookie(name, '', false, 0),
];
