// Picks the headers of a request and of an answer that pass the git proxy: those that git needs, and no others. Pure.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { basicCredentialsOf } from '../../schema/rules/git-credentials.ts';

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

/** @param credentials as `git-credentials.ts` has them; null for a repository that everybody may read */
export function pickRequestHeaders(headers: IncomingHttpHeaders, credentials: string | null): OutgoingHttpHeaders {
  const basic = basicCredentialsOf(credentials);
  return {
    ...pickHeaders(headers, passingIn),
    ...(basic !== null && { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
  };
}

export const pickAnswerHeaders = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  pickHeaders(headers, passingOut);

const pickHeaders = (headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders =>
  Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
