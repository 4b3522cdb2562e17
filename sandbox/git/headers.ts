// What of a request's and an answer's headers passes the gateway: what git needs, and nothing that tells or claims more.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { defaultGitUser } from '../../schema/repo-url.ts';

const passingIn = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'git-protocol',
  'user-agent',
];

const passingOut = ['cache-control', 'content-encoding', 'content-length', 'content-type', 'expires', 'pragma'];

/** @param token `user:password`, or a token alone, or null for a repository that everybody may read */
export const headersIn = (headers: IncomingHttpHeaders, token: string | null): OutgoingHttpHeaders => ({
  ...picked(headers, passingIn),
  ...(token !== null && { authorization: `Basic ${Buffer.from(withUser(token)).toString('base64')}` }),
});

export const headersOut = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => picked(headers, passingOut);

const withUser = (token: string): string => (token.includes(':') ? token : `${defaultGitUser}:${token}`);

const picked = (headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders =>
  Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
