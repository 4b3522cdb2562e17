// Which engine is called, and with which token: the command line, then the environment, then the login file.
import { UsageError } from '../exit-codes.ts';
import { isReadableByOthers, loginFileOf, readLogin } from './login-file.ts';

export type EngineAddress = {
  url: string;
  token: string | undefined;
  /** Where the URL comes from, for people. */
  source: string;
  /** What should be mended, in a sentence. */
  warning?: string;
};

/** Where `npm start` listens. */
export const defaultUrl = 'http://localhost:8000';

type Environment = Readonly<Record<string, string | undefined>>;

/** A token of the file goes to the file's engine only. */
export function findEngine(asked: { url?: string | undefined }, env: Environment): EngineAddress {
  const file = loginFileOf(env);
  const login = readLogin(file);
  const [url, source] = asked.url
    ? [asked.url, '--url']
    : env.LUCID_URL
      ? [env.LUCID_URL, 'LUCID_URL']
      : login
        ? [login.url, file]
        : [defaultUrl, 'the default'];
  const checked = checkUrl(url, source);
  const kept = login && checkUrl(login.url, file) === checked ? login.token : undefined;
  const warning =
    login?.token !== undefined && isReadableByOthers(file)
      ? `Others on this machine can read your token: chmod 600 ${file}`
      : undefined;
  return { url: checked, token: env.LUCID_TOKEN || kept, source, ...(warning && { warning }) };
}

/** @returns the URL without a slash at its end @throws UsageError */
export function checkUrl(url: string, source: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new UsageError(`The URL of ${source} is "${url}", but an http(s):// URL is needed, such as ${defaultUrl}.`);
  if (parsed.username || parsed.password)
    throw new UsageError(`The URL of ${source} must not hold a user or password.`);
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
}
