// The field of a new session that names its MCP servers, and the settings and secrets made from it.
import * as v from 'valibot';
import { limits } from '../limits.ts';
import { type McpSecrets, type McpServer, type McpServerSecrets, mcpNamePattern, showUrl } from '../mcp.ts';
import { wholeRecord } from './whole-record.ts';

/** Servers of one session: each is a process or a connection as long as the session is in memory. */
const serversMax = 8;
/** Arguments, variables or headers of one server. */
const valuesMax = 64;

const plainText = (charsMax: number) =>
  v.pipe(v.string(), v.maxLength(charsMax), v.regex(/^[^\0]*$/, 'must not hold NUL'));

const name = v.pipe(
  v.string(),
  v.regex(mcpNamePattern, 'must be 1 to 32 letters, digits, "-" and single "_", beginning with a letter'),
);

const values = (names: v.GenericSchema<string, string>, value: v.GenericSchema<string, string>) =>
  v.optional(
    v.pipe(
      wholeRecord(names, value),
      v.check((given) => Object.keys(given).length <= valuesMax, `must be at most ${valuesMax}`),
    ),
    {},
  );

const variableName = v.pipe(
  v.string(),
  v.regex(/^(?!LUCID_)[A-Za-z_]\w{0,127}$/, 'must be the name of a variable, not beginning with LUCID_'),
);

/** Those that the connection itself has to set. */
const ownHeaders =
  /^(?:host|connection|content-length|content-type|transfer-encoding|accept(?:-encoding)?|mcp-.*|te|upgrade)$/i;

const headerName = v.pipe(
  v.string(),
  v.regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, 'must be the name of a header'),
  v.check((given) => !ownHeaders.test(given), 'must not be a header that the engine sets itself'),
);

const headerValue = v.pipe(
  v.string(),
  v.maxLength(limits.secretCharsMax),
  v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of text that a header can hold'),
);

/** What other programs' lists of servers say beside; it decides nothing. */
const typeOf = (...names: [string, ...string[]]) => v.optional(v.picklist(names));

/** A program that is started in the sandbox. */
const StdioServer = v.strictObject({
  type: typeOf('stdio'),
  command: v.pipe(plainText(limits.pathCharsMax), v.minLength(1)),
  args: v.optional(v.pipe(v.array(plainText(limits.secretCharsMax)), v.maxLength(valuesMax)), []),
  env: values(variableName, plainText(limits.secretCharsMax)),
});

/** A server that the engine asks over streamable HTTP. */
const HttpServer = v.strictObject({
  type: typeOf('http', 'streamable-http'),
  url: v.pipe(
    v.string(),
    v.maxLength(limits.urlCharsMax),
    v.regex(/^https?:\/\/[^\s\\]+$/i, 'must be an https:// URL'),
  ),
  headers: values(headerName, headerValue),
});

const GivenServer = v.union(
  [StdioServer, HttpServer],
  'must be { command, args, env } or { url, headers }, with nothing else but type: stdio or http',
);
export type GivenMcpServer = v.InferOutput<typeof GivenServer>;

/** By their names, which come in front of those of their tools. */
export const GivenMcpServers = v.pipe(
  wholeRecord(name, GivenServer),
  v.check((given) => Object.keys(given).length <= serversMax, `must be at most ${serversMax} servers`),
);

export const mcpFields = {
  mcpServers: v.pipe(
    v.nullish(GivenMcpServers),
    v.description(
      'MCP servers by name: `{ command, args, env }` runs in the sandbox, `{ url, headers }` is asked by the engine. ' +
        'Variables, headers and secret parts of URLs are kept as tokens are',
    ),
  ),
};

export type SplitMcpServer = { server: McpServer; secrets: McpServerSecrets };

/** Takes what is secret out of a server's settings. */
export function splitMcpServer(serverName: string, given: GivenMcpServer): SplitMcpServer {
  if ('command' in given) {
    const { command, args, env } = given;
    return {
      server: { name: serverName, command, args, environmentNames: Object.keys(env) },
      secrets: { values: env },
    };
  }
  const url = URL.parse(given.url);
  const shown = url ? showUrl(url) : { url: given.url, isWhole: true };
  return {
    server: {
      name: serverName,
      url: shown.url,
      headerNames: Object.keys(given.headers),
      hasSecretUrl: !shown.isWhole,
    },
    secrets: { values: given.headers, ...(!shown.isWhole && { url: given.url }) },
  };
}

type Fields = { mcpServers?: v.InferOutput<typeof GivenMcpServers> | null | undefined };

const splitAll = ({ mcpServers }: Fields): SplitMcpServer[] =>
  Object.entries(mcpServers ?? {}).map(([serverName, given]) => splitMcpServer(serverName, given));

/** Absent where no server is given. */
export function mcpServersOf(fields: Fields): { mcpServers?: McpServer[] } {
  const servers = splitAll(fields).map(({ server }) => server);
  return servers.length === 0 ? {} : { mcpServers: servers };
}

/** Absent where nothing of them is secret. */
export function mcpSecretsOf(fields: Fields): { mcp?: McpSecrets } {
  const found = splitAll(fields).filter(
    ({ secrets }) => Object.keys(secrets.values).length > 0 || secrets.url !== undefined,
  );
  return found.length === 0
    ? {}
    : { mcp: Object.fromEntries(found.map(({ server, secrets }) => [server.name, secrets])) };
}
