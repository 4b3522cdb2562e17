// What git is to say who it is: `user:token`, a token alone, or `user:` for a user whose token isn't known, as one text.

/** The user beside a token that came without one: GitHub wants this, and others take any. */
const defaultGitUser = 'x-access-token';

/**
 * Tokens that stand in a URL where a user would, as their makers' documents have it: GitHub's and GitLab's by how they
 * begin, Bitbucket's too; any that is as long as tokens are and as no user's name is (GitHub: 39 characters at most).
 */
const tokenShape =
  /^(?:gh[opusr]_|github_pat_|gl(?:pat|dt|cbt|ptt|ft|soat|rt|imt|agent|oas)-|ATATT|ATCTT|ATBB)[\w.=-]{8,}$|^[\w-]{40,}$/;

const isTokenShaped = (text: string): boolean => tokenShape.test(text);

/** Of a URL's user and password, decoded. @returns null where it has neither */
export function credentialsOf(user: string, password: string): string | null {
  if (password !== '') return `${user || defaultGitUser}:${password}`;
  if (user === '') return null;
  return isTokenShaped(user) ? user : `${user}:`;
}

/** @param known what the URL says, or an earlier token: the user in it goes with a token that comes without one */
export function joinToken(given: string | null, known: string | null): string | null {
  if (!given) return known;
  const user = known?.includes(':') ? splitCredentials(known).user : '';
  return given.includes(':') || user === '' ? given : `${user}:${given}`;
}

/** For HTTP's Basic scheme. @returns null for a user alone: nobody asked for a password that is empty */
export function basicCredentialsOf(credentials: string | null): string | null {
  const { user, token } = splitCredentials(credentials ?? '');
  return token === '' ? null : `${user || defaultGitUser}:${token}`;
}

export const hasToken = (credentials: string | null): boolean => basicCredentialsOf(credentials) !== null;

/** All texts that would tell the secret: a token that stands as the user of a password is one too. */
export function listSecrets(credentials: string | null): string[] {
  const { user, token } = splitCredentials(credentials ?? '');
  return [...(token === '' ? [] : [credentials ?? '', token]), ...(isTokenShaped(user) ? [user] : [])];
}

function splitCredentials(credentials: string): { user: string; token: string } {
  const at = credentials.indexOf(':');
  return { user: credentials.slice(0, Math.max(0, at)), token: credentials.slice(at + 1) };
}
