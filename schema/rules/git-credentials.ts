// Git's credentials as one text: `user:token`, a token alone, or `user:` for a user whose token isn't known.

/** The user beside a token that came without one: GitHub requires this, and others accept any. */
const defaultGitUser = 'x-access-token';

/**
 * The shape of tokens that stand in a URL in place of a user: those of GitHub, GitLab and Bitbucket by their documented
 * beginnings, and any text longer than a user's name can be (GitHub: 39 characters at most).
 */
const tokenShape =
  /^(?:gh[opusr]_|github_pat_|gl(?:pat|dt|cbt|ptt|ft|soat|rt|imt|agent|oas)-|ATATT|ATCTT|ATBB)[\w.=-]{8,}$|^[\w-]{40,}$/;

const isTokenShaped = (text: string): boolean => tokenShape.test(text);

/** The credentials of a URL's user and password, both decoded. @returns null where it has neither */
export function credentialsOf(user: string, password: string): string | null {
  if (password !== '') return `${user || defaultGitUser}:${password}`;
  if (user === '') return null;
  return isTokenShaped(user) ? user : `${user}:`;
}

/** Joins a new token with known credentials, whose user it gets where it comes without one. */
export function joinToken(given: string | null, known: string | null): string | null {
  if (!given) return known;
  const user = known?.includes(':') ? splitCredentials(known).user : '';
  return given.includes(':') || user === '' ? given : `${user}:${given}`;
}

/** The text for HTTP's Basic scheme. @returns null for a user alone, since an empty password was never meant */
export function basicCredentialsOf(credentials: string | null): string | null {
  const { user, token } = splitCredentials(credentials ?? '');
  return token === '' ? null : `${user || defaultGitUser}:${token}`;
}

export const hasToken = (credentials: string | null): boolean => basicCredentialsOf(credentials) !== null;

/** All texts that would reveal the secret, also a token in place of the user. */
export function listSecrets(credentials: string | null): string[] {
  const { user, token } = splitCredentials(credentials ?? '');
  return [...(token === '' ? [] : [credentials ?? '', token]), ...(isTokenShaped(user) ? [user] : [])];
}

function splitCredentials(credentials: string): { user: string; token: string } {
  const at = credentials.indexOf(':');
  return { user: credentials.slice(0, Math.max(0, at)), token: credentials.slice(at + 1) };
}
