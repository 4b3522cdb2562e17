// A DATABASE_URL as libpq understands it, with what SQLAlchemy, asyncpg and Prisma add: each parameter has its meaning or
// is refused by its name. Pure: no file is read and nothing is asked.

const tlsModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** How a connection is encrypted, in libpq's words. */
export type TlsMode = (typeof tlsModes)[number];

export type DatabaseTarget = {
  user?: string;
  password?: string;
  /** A name, an address, or the folder of a Unix socket. */
  host?: string;
  port?: number;
  database?: string;
  tls: TlsMode;
  /** Files. `system`: the certificate authorities that Node knows. */
  rootCertificate?: string;
  certificate?: string;
  key?: string;
  applicationName?: string;
  options?: string;
  connectTimeoutMs?: number;
  /** Connections at most, of each pool. */
  connectionsMax?: number;
  /** The schema of the reference's tables; undefined for the first of the `search_path`. */
  schema?: string;
  /** Whether a pooler may change the connection between transactions, so that nothing may need a session. */
  isPooled: boolean;
};

export type ParsedUrl = { ok: true; target: DatabaseTarget } | { ok: false; problem: string };

class UrlRefusal extends Error {}

const urlPattern = /^postgres(?:ql)?(?:\+\w+)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** @returns what it says, or why not, in words that follow the variable's name and hold none of its secrets */
export function parseDatabaseUrl(url: string): ParsedUrl {
  try {
    return { ok: true, target: parseTarget(url) };
  } catch (error) {
    if (!(error instanceof UrlRefusal)) throw error;
    return { ok: false, problem: error.message };
  }
}

function parseTarget(url: string): DatabaseTarget {
  const [, authority, path, query = ''] =
    urlPattern.exec(url) ?? refuseUrl('is not of the form postgresql://user@host/database');
  const at = authority?.lastIndexOf('@') ?? -1;
  const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(authority?.slice(0, Math.max(at, 0)) ?? '') ?? [];
  const [, host, port] =
    /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority?.slice(at + 1) ?? '') ??
    refuseUrl('names several hosts, or a port that is no number');
  const draft: TargetDraft = { tls: undefined, isPooled: false };
  setText(draft, 'user', decodePart(user ?? ''));
  setText(draft, 'password', decodePart(password ?? ''));
  setHost(draft, decodePart(host ?? '').replace(/^\[(.*)\]$/, '$1'));
  setText(draft, 'database', decodePart(path ?? ''));
  if (port) draft.port = parsePort(port);
  const seen = new Set<string>();
  for (const part of query.split('&').filter((text) => text !== '')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
    takeParameter(draft, decodePart(name), decodePart(value), seen);
  }
  return checkTarget(draft);
}

type TargetDraft = Omit<DatabaseTarget, 'tls'> & { tls: TlsMode | undefined };

/** What each parameter does: libpq's, then asyncpg's and SQLAlchemy's, then Prisma's. */
const parameters: Record<string, (draft: TargetDraft, value: string) => void> = {
  host: (draft, value) => setHost(draft, value),
  port: (draft, value) => {
    draft.port = parsePort(value);
  },
  user: (draft, value) => setText(draft, 'user', value),
  password: (draft, value) => setText(draft, 'password', value),
  dbname: (draft, value) => setText(draft, 'database', value),
  sslmode: (draft, value) => setTls(draft, value === 'no-verify' ? 'require' : value),
  sslrootcert: (draft, value) => setText(draft, 'rootCertificate', value),
  sslcert: (draft, value) => setText(draft, 'certificate', value),
  sslkey: (draft, value) => setText(draft, 'key', value),
  application_name: (draft, value) => setText(draft, 'applicationName', value),
  fallback_application_name: (draft, value) => {
    draft.applicationName ??= value;
  },
  options: (draft, value) => setText(draft, 'options', value),
  connect_timeout: (draft, value) => {
    const seconds = parseWholeNumber('connect_timeout', value);
    if (seconds > 0) draft.connectTimeoutMs = seconds * 1_000; // 0 means no timeout in libpq; the engine keeps its own.
  },
  client_encoding: allowOnly('client_encoding', ['utf8', 'utf-8', 'UTF8', 'UTF-8', 'auto']),
  gssencmode: allowOnly('gssencmode', ['disable', 'prefer']),
  channel_binding: allowOnly('channel_binding', ['disable', 'prefer']),
  sslnegotiation: allowOnly('sslnegotiation', ['postgres']),
  target_session_attrs: allowOnly('target_session_attrs', ['any']),
  ssl: (draft, value) =>
    setTls(draft, { true: 'verify-full', '1': 'verify-full', false: 'disable', '0': 'disable' }[value] ?? value),
  statement_cache_size: allowOnly('statement_cache_size', ['0']),
  prepared_statement_cache_size: allowOnly('prepared_statement_cache_size', ['0']),
  schema: (draft, value) => {
    if (!/^[\w-]{1,63}$/.test(value)) refuseUrl('has a schema that is no plain name');
    draft.schema = value;
  },
  connection_limit: (draft, value) => {
    draft.connectionsMax = Math.max(1, parseWholeNumber('connection_limit', value));
  },
  pgbouncer: (draft, value) => {
    allowOnly('pgbouncer', ['true', 'false'])(draft, value);
    draft.isPooled = value === 'true';
  },
};

function takeParameter(draft: TargetDraft, name: string, value: string, seen: Set<string>): void {
  const set = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (!set)
    return refuseUrl(`has a parameter ${/^\w{1,40}$/.test(name) ? name : 'whose name'} that the engine does not know`);
  if (seen.has(name)) return refuseUrl(`has the parameter ${name} twice`);
  seen.add(name);
  set(draft, value);
}

function checkTarget({ tls, ...draft }: TargetDraft): DatabaseTarget {
  const { certificate, key, rootCertificate } = draft;
  if ((certificate === undefined) !== (key === undefined)) refuseUrl('has one of sslcert and sslkey without the other');
  if (rootCertificate === 'system' && tls !== undefined && tls !== 'verify-full')
    refuseUrl('has sslrootcert=system, which goes with sslmode=verify-full only');
  if (draft.host?.startsWith('/')) return { ...draft, tls: 'disable' }; // A Unix socket's connection doesn't leave the machine.
  if (rootCertificate === 'system') return { ...draft, tls: 'verify-full' };
  const mode = tls ?? 'prefer';
  return { ...draft, tls: mode === 'require' && rootCertificate !== undefined ? 'verify-ca' : mode };
}

/** The same target as a URL that says what was found out about it. */
export function replaceParameters(url: string, changes: Record<string, string>): string {
  const [head = '', query = ''] = url.split('?');
  const names = new Set(['ssl' in changes || 'sslmode' in changes ? 'ssl' : '', ...Object.keys(changes)]);
  const kept = query.split('&').filter((part) => part !== '' && !names.has(decodePart(part.split('=')[0] ?? '')));
  const added = Object.entries(changes).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${head}?${[...kept, ...added].join('&')}`;
}

type TextField =
  | 'user'
  | 'password'
  | 'host'
  | 'database'
  | 'rootCertificate'
  | 'certificate'
  | 'key'
  | 'applicationName'
  | 'options';

/** Empty means absent, as in libpq. */
function setText(draft: TargetDraft, field: TextField, value: string): void {
  if (value.includes('\0')) refuseUrl('holds a NUL character');
  if (value !== '') draft[field] = value;
}

function setHost(draft: TargetDraft, value: string): void {
  if (value.includes(',')) refuseUrl('names several hosts');
  setText(draft, 'host', value);
}

function setTls(draft: TargetDraft, value: string): void {
  const mode = tlsModes.find((known) => known === value);
  if (!mode) return refuseUrl(`has an sslmode that is none of ${tlsModes.join(', ')}`);
  if (draft.tls !== undefined && draft.tls !== mode) refuseUrl('has ssl and sslmode, which differ');
  draft.tls = mode;
}

function allowOnly(name: string, values: string[]): (draft: TargetDraft, value: string) => void {
  return (_, value) => {
    if (!values.includes(value)) refuseUrl(`has ${name} with a value other than ${values.join(', ')}`);
  };
}

function parsePort(text: string): number {
  const port = parseWholeNumber('a port', text);
  return port >= 1 && port <= 65_535 ? port : refuseUrl('has a port that is none');
}

const parseWholeNumber = (name: string, text: string): number =>
  /^\d{1,9}$/.test(text) ? Number(text) : refuseUrl(`has ${name} that is no whole number`);

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuseUrl('has a % that is not followed by two hexadecimal digits');
  }
}

function refuseUrl(problem: string): never {
  throw new UrlRefusal(problem);
}
