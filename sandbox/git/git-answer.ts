// What a git server's answer means: what git asked for, or a failure with a sentence that says why not. Pure.
import type { IncomingHttpHeaders } from 'node:http';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { GitRequest } from './git-route.ts';

export type GitAnswer = { statusCode?: number | undefined; headers: IncomingHttpHeaders };

/** What git asked, with `host` and `repository` as users know them: `github.com`, `github.com/user/repo`. */
export type AskedRepository = { host: string; repository: string; hasToken: boolean; request: GitRequest };

/** Accepts only what git wants; any other answer is not passed on, whatever it holds. */
export function judgeAnswer({ statusCode = 0, headers }: GitAnswer, asked: AskedRepository): Outcome<void> {
  if (statusCode === 200 && headers['content-type']?.startsWith('application/x-git-')) return succeeded(undefined);
  return failureFor(statusCode, asked);
}

function failureFor(statusCode: number, { host, repository, hasToken, request }: AskedRepository) {
  const isPush = request.path.includes('receive');
  if (statusCode === 401)
    return hasToken
      ? failed('repositoryDenied', `${host} does not accept the session's git token.`)
      : failed('repositoryDenied', `${host} wants a git token for ${repository}, and the session has none.`);
  if (statusCode === 403)
    return failed(
      'repositoryDenied',
      `${host} does not let this session ${isPush ? 'push to' : 'read'} ${repository}.`,
    );
  if (statusCode === 404 || statusCode === 410)
    return failed(
      'repositoryNotFound',
      `${host} has no repository ${repository}, or the session's git token may not see it.`,
    );
  if (statusCode === 413) return failed('repositoryTooLarge', `${host} does not take that much at once.`);
  if (statusCode === 429 || statusCode >= 500)
    return failed('repositoryUnreachable', `${host} answered ${statusCode}; it may work again later.`);
  return failed('notARepository', `What ${host} has at ${repository} is not a git repository.`);
}

/** Finds where a renamed repository is: on the same server, under another path. */
export function findNewLocation({ headers }: GitAnswer, from: URL, { host, request }: AskedRepository): Outcome<URL> {
  const to = headers.location ? URL.parse(headers.location, from.href) : null;
  if (!to) return failed('repositoryUnreachable', `${host} says that the repository has moved, but not where to.`);
  if (to.origin !== from.origin)
    return failed(
      'repositoryNotFound',
      `${host} sends git to ${to.host}, where this session's git token does not go. Use the repository's URL there.`,
    );
  const [path = '', query = ''] = request.path.split('?');
  if (request.method !== 'GET' || !to.pathname.endsWith(path) || to.search !== `?${query}`)
    return failed('notARepository', `${host} sends git to a page that is not a git repository.`);
  // The path is set by itself, because `//other.host` read as a URL would be another host.
  const base = new URL(to.origin);
  base.pathname = to.pathname.slice(0, -path.length);
  return succeeded(base);
}

export const isRedirect = ({ statusCode = 0 }: GitAnswer): boolean => [301, 302, 303, 307, 308].includes(statusCode);
