// Checks the URL of a session's repository, and says what is kept of it and how it is shown. Pure.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { credentialsOf } from '../../schema/rules/git-credentials.ts';
import type { AllowedHosts } from '../../schema/thread.ts';
import { isAddress, isPublicAddress } from '../outbound/address.ts';

export type RepoUrl = {
  /** In one spelling, without credentials, query, fragment and slashes at its end: fit for rows and messages. */
  url: string;
  /** The credentials of the URL, in the form of `git-credentials.ts`; a secret, as any of them may be a token. */
  credentials: string | null;
};

/**
 * Reads a list such as `git.example.internal, 10.0.0.7:3000, [fd00::7]:3000`.
 * A host without a port stands for the usual ones: 80 over http, 443 over https.
 */
export function parseAllowedHosts(list: string): Outcome<AllowedHosts> {
  const allowed = new Set<string>();
  for (const entry of list.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [, host, port] = /^(\[[^\]]+\]|[^:[\]/?#@\\\s]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
    const url = host === undefined ? null : URL.parse(`http://${host}`);
    const isHost = url !== null && /^([a-z0-9._-]+|\[.*\])$/.test(url.hostname);
    if (!isHost || Number(port ?? 1) > 65_535) return failed('badRequest', `"${entry}" is not a host, nor host:port.`);
    for (const one of port === undefined ? ['80', '443'] : [port]) allowed.add(`${hostnameOf(url)}:${Number(one)}`);
  }
  return succeeded(allowed);
}

/** Whether a URL leads to one of the operator's own servers. @param url as `checkRepoUrl` gives it */
export function isAllowedHost(url: URL, allowed: AllowedHosts): boolean {
  return allowed.has(`${hostnameOf(url)}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`);
}

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

/** `URL` corrects wrong spellings, so these are refused before. */
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
  const hostname = hostnameOf(url);
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const isFine = isAddress(address) ? isPublicAddress(address) : isPublicName(hostname);
  return isFine ? undefined : 'The host of the repository URL is not one of the public internet.';
}

const hostnameOf = (url: URL): string => url.hostname.replace(/\.$/, '');

/** Names that are given out inside of a network only (RFC 6761, RFC 8375, ICANN's `.internal`, and by habit). */
const privateDomains = ['localhost', 'localdomain', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan'];

function isPublicName(hostname: string): boolean {
  const labels = hostname.split('.');
  const isName = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label));
  return (
    isName && labels.length > 1 && !privateDomains.includes(labels.at(-1) ?? '') && !hostname.endsWith('.home.arpa')
  );
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
