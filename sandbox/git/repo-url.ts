// Checks the URL of a session's repository, and says what is kept of it and how it is shown. Pure.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { credentialsOf } from '../../schema/rules/git-credentials.ts';
import type { AllowedHosts } from '../../schema/thread.ts';
import { hostnameOf, isAllowedHost, isPublicHost } from '../outbound/allowed-hosts.ts';

export type RepoUrl = {
  /** In one spelling, without credentials, query, fragment and slashes at its end: fit for rows and messages. */
  url: string;
  /** The credentials of the URL, in the form of `git-credentials.ts`; a secret, as any of them may be a token. */
  credentials: string | null;
};

/**
 * Checks what a client gave. The addresses of the host are checked when it is connected to.
 * @returns `badRepoUrl` with a sentence that never repeats the URL
 */
export function checkRepoUrl(given: string, allowed: AllowedHosts): Outcome<RepoUrl> {
  const url = parseGiven(given);
  if (!url.ok) return url;
  const problem = findHostProblem(url.value, allowed) ?? findPathProblem(url.value.pathname);
  if (problem !== undefined) return refuse(problem);
  const credentials = readCredentials(url.value);
  if (!credentials.ok) return credentials;
  const { protocol, port, pathname } = url.value;
  const host = `${hostnameOf(url.value)}${port && `:${port}`}`;
  return succeeded({ url: `${protocol}//${host}${pathname.replace(/\/+$/, '')}`, credentials: credentials.value });
}

/** A repository's name in sentences: `github.com/user/repo`. @param url as `checkRepoUrl` gives it */
export const repositoryNameOf = (url: string): string => stemOf(url).replace(/^https?:\/\//, '');

/** A repository's URL without `.git` at its end, which most servers take both ways. */
export const stemOf = (url: string): string => url.replace(/(?<=[^/])\.git$/, '');

/** Takes the credentials out of every URL in a text for people. */
export const removeCredentials = (text: string): string => text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1');

const refuse = (detail: string) => failed('badRepoUrl', detail);

/** Refuses wrong spellings, which `URL` would correct. */
function parseGiven(given: string): Outcome<URL> {
  if (given.length > limits.urlCharsMax)
    return refuse(`The repository URL is longer than ${limits.urlCharsMax} characters.`);
  if (/[\s\p{C}\\]/u.test(given))
    return refuse('The repository URL holds a space, a backslash or an invisible character.');
  if (!/^https?:\/\/[^/]/i.test(given)) return refuse('The repository URL must begin with https://.');
  if (/[?#]/.test(given)) return refuse('The repository URL must not have a query or a fragment.');
  const url = URL.parse(given);
  return url ? succeeded(url) : refuse('The repository URL is not a URL.');
}

function findHostProblem(url: URL, allowed: AllowedHosts): string | undefined {
  if (isAllowedHost(url, allowed)) return undefined;
  if (url.protocol !== 'https:')
    return 'The repository URL must begin with https://; http:// is for hosts that the operator has named.';
  return isPublicHost(url) ? undefined : 'The host of the repository URL is not one of the public internet.';
}

/** No name in the path may be empty, or mean something else once it is decoded. */
function findPathProblem(pathname: string): string | undefined {
  const names = pathname.replace(/\/+$/, '').split('/').slice(1);
  if (names.length === 0) return 'The repository URL names no repository, only a host.';
  const isFine = names.every((name) => {
    const text = tryDecode(name);
    return text !== undefined && !/^(|\.|\.\.|\.git)$/.test(text) && !/[/\\%?#\p{C}]/u.test(text);
  });
  return isFine ? undefined : 'The path of the repository URL is not one of a repository.';
}

function readCredentials({ username, password }: URL): Outcome<string | null> {
  const user = tryDecode(username);
  const secret = tryDecode(password);
  if (user === undefined || secret === undefined)
    return refuse('The credentials in the repository URL are not encoded as a URL wants them.');
  // HTTP's Basic scheme takes the first colon for the end of the user.
  if (user.includes(':')) return refuse('The user in the repository URL holds a colon.');
  return succeeded(credentialsOf(user, secret));
}

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
