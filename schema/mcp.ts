// MCP servers of a session: what is stored of each, and what of it is secret.

/** What a server's tools are called with in front, so that none looks like another's; longer names leave no room for the tool's. */
export const mcpNamePattern = /^[a-zA-Z](?:[a-zA-Z0-9-]|_(?!_|$)){0,31}$/;

/** A program in the session's sandbox, or an address that the engine asks. Without secrets, so it is stored as it is. */
export type McpServer = { name: string } & (
  | { command: string; args: string[]; environmentNames: string[] }
  | {
      /** Without what may be secret of it. */
      url: string;
      headerNames: string[];
      /** Whether the whole URL is among the secrets. */
      hasSecretUrl: boolean;
    }
);

/** The values of a server's variables or headers by their names, and its whole URL where that is secret. */
export type McpServerSecrets = { values: Readonly<Record<string, string>>; url?: string };

/** By the server's name. */
export type McpSecrets = Readonly<Record<string, McpServerSecrets>>;

/** A server that the operator gives every session. */
export type OperatorMcpServer = {
  server: McpServer;
  secrets: McpServerSecrets;
  /** Whether what the server says of its tools is believed: that a tool only reads. */
  isTrusted: boolean;
};

/** `waiting`: it is started with the next turn. */
export const mcpServerStates = ['waiting', 'starting', 'ready', 'failed'] as const;
type McpServerState = (typeof mcpServerStates)[number];

/** How a server stands, for those who watch the session. */
export type McpServerStatus = {
  name: string;
  state: McpServerState;
  /** The names of its tools as the model calls them. */
  tools: string[];
  /** Those whose schema is too large to be read; the model is told nothing of their input. */
  simplified?: string[];
  /** With `failed`: why. */
  reason?: string;
};

export const hasMcpSecrets = (server: McpServer): boolean =>
  'command' in server ? server.environmentNames.length > 0 : server.hasSecretUrl || server.headerNames.length > 0;

/** Every text that would reveal one of the secrets. Variables that are paths or plain addresses reveal nothing. */
export const secretTextsOfMcp = (secrets: McpSecrets = {}): string[] =>
  Object.values(secrets).flatMap(({ values, url }) => [
    ...Object.values(values)
      .filter((value) => !isOrdinary(value))
      .flatMap(withToken),
    ...(url === undefined ? [] : [url, ...partsOf(url)]),
  ]);

const isOrdinary = (value: string): boolean =>
  /^\/(?:workspace|lucid|home|tmp|usr|opt|etc|var)(?:\/[\w./-]*)?$/.test(value) ||
  /^https?:\/\/[\w.:-]+\/?$/.test(value);

/** A header's token is secret without its scheme, too. */
const withToken = (value: string): string[] => {
  const [, token] = /^[A-Za-z]+\s+(\S.*)$/.exec(value) ?? [];
  return token === undefined ? [value] : [value, token];
};

/** What of a URL may be secret by itself: its password, what its query gives, and the parts of its path that are no words. */
function partsOf(given: string): string[] {
  const url = URL.parse(given);
  if (!url) return [];
  const segments = url.pathname.split('/').filter((segment) => segment !== '' && !isWord(segment));
  return [url.password, ...url.searchParams.values(), ...segments].filter((part) => part !== '');
}

const isWord = (segment: string): boolean => /^(?:[a-z-]{1,24}|v\d{1,2})$/i.test(segment);

/** A URL without what may be secret of it: all but its origin, unless its path is made of words. */
export function showUrl(url: URL): { url: string; isWhole: boolean } {
  const isPlain = url.username === '' && url.password === '' && url.search === '';
  const isWhole = isPlain && url.pathname.split('/').every((segment) => segment === '' || isWord(segment));
  return { url: isWhole ? `${url.origin}${url.pathname}` : url.origin, isWhole };
}
