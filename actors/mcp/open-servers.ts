// The servers of a session: the operator's, and those that its caller gave it.
import { Upstream } from '../../sandbox/git/upstream.ts';
import { hostnameOf } from '../../sandbox/outbound/allowed-hosts.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { McpServer, McpServerSecrets } from '../../schema/mcp.ts';
import type { AllowedHosts, HostConfig } from '../../schema/thread.ts';
import { McpServers } from './mcp-servers.ts';
import { SessionServer } from './session-server.ts';

export type ServersDependencies = {
  config: Pick<HostConfig, 'mcp' | 'proxies'>;
  given: readonly McpServer[];
  getSecrets(server: string): McpServerSecrets | undefined;
  getFolder(sandbox: Sandbox): string;
  now(): number;
  onChanged(): void;
};

export function openServers({ config, given, getSecrets, ...shared }: ServersDependencies): McpServers {
  const { servers = [], allowedHosts = new Set<string>() } = config.mcp ?? {};
  const operators = servers.map(({ server, secrets, isTrusted }) => {
    const upstream = new Upstream({
      allowed: hostOf(secrets.url ?? ('url' in server ? server.url : '')),
      proxies: config.proxies,
    });
    return new SessionServer({ server, isTrusted, getSecrets: () => secrets, upstream, ...shared });
  });
  const own = given.map((server) => {
    const upstream = new Upstream({ allowed: allowedHosts, proxies: config.proxies });
    return new SessionServer({
      server,
      isTrusted: false,
      getSecrets: () => getSecrets(server.name),
      upstream,
      ...shared,
    });
  });
  return new McpServers([...operators, ...own]);
}

/** The operator's own server may be on a private network: its host and port alone. */
function hostOf(given: string): AllowedHosts {
  const url = URL.parse(given);
  if (!url) return new Set();
  const port = url.port || (url.protocol === 'http:' ? '80' : '443');
  return new Set([`${hostnameOf(url)}:${port}`]);
}
