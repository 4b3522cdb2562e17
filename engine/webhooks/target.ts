// Which URLs webhooks may have: https and a host of the public internet, unless the operator has named the host.
import { isAllowedHost, isPublicHost } from '../../sandbox/outbound/allowed-hosts.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { WebhookRules } from '../../schema/thread.ts';
import type { Config } from '../config.ts';

export const webhookRulesOf = ({ WEBHOOK_ALLOWED_HOSTS, NODE_ENV }: Config): WebhookRules => ({
  allowedHosts: WEBHOOK_ALLOWED_HOSTS,
  mayBePlain: NODE_ENV === 'development',
});

export type Target = {
  /** Without credentials. */
  url: URL;
  /** What the URL's credentials say in a header. */
  authorization: string | undefined;
  /** For rows, lists and the log: without credentials, path and query, which may be secrets. */
  shownUrl: string;
};

/**
 * Checks what a client gave, and again what was stored before each try. What the host's name leads to is checked when it is
 * connected to.
 * @returns `badWebhookUrl` with a sentence that never repeats the URL
 */
export function checkTarget(given: string, { allowedHosts, mayBePlain }: WebhookRules): Outcome<Target> {
  if (given.length > limits.urlCharsMax) return refuse(`is longer than ${limits.urlCharsMax} characters`);
  if (/[\s\p{C}\\]/u.test(given)) return refuse('holds a space, a backslash or an invisible character');
  if (!/^https?:\/\/[^/]/i.test(given)) return refuse('must begin with https://');
  const url = URL.parse(given);
  if (!url) return refuse('is not a URL');
  if (!isAllowedHost(url, allowedHosts)) {
    if (url.protocol !== 'https:' && !mayBePlain)
      return refuse('must begin with https://; http:// is for hosts that the operator has named');
    if (!isPublicHost(url)) return refuse("'s host is not one of the public internet");
  }
  const authorization = authorizationOf(url);
  if (!authorization.ok) return authorization;
  return succeeded({ ...describe(url), authorization: authorization.value });
}

function describe(given: URL): Omit<Target, 'authorization'> {
  const url = new URL(given);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, shownUrl: `${url.origin}${shownPathOf(url)}` };
}

/** A path with fewer characters shows nothing of itself: its end could be all that is secret of it. */
const secretPathCharsMin = 24;

/** By the end of a long path its owner tells it from others. */
function shownPathOf({ pathname, search }: URL): string {
  if (pathname === '/' && search === '') return '/';
  return `/…${pathname.length < secretPathCharsMin ? '' : pathname.slice(-4)}`;
}

function authorizationOf({ username, password }: URL): Outcome<string | undefined> {
  if (username === '' && password === '') return succeeded(undefined);
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return succeeded(`Basic ${Buffer.from(pair).toString('base64')}`);
  } catch {
    return refuse('has credentials that are not encoded as a URL wants them');
  }
}

const refuse = (problem: string) =>
  failed('badWebhookUrl', `The webhook's URL${problem.startsWith("'") ? '' : ' '}${problem}.`);
