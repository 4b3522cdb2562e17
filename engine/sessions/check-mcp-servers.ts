// Checks the MCP servers of a new session: names that are free, and addresses that the engine may ask.
import { isAllowedHost, isPublicHost } from '../../sandbox/outbound/allowed-hosts.ts';
import { type Failure, failed } from '../../schema/error.ts';
import type { SessionSecrets, SessionSettings } from '../../schema/session.ts';
import type { AllowedHosts } from '../../schema/thread.ts';
import type { Config } from '../config.ts';

export type McpRules = {
  /** Hosts that may be private, and may be asked over http. */
  allowedHosts: AllowedHosts;
  /** Whether hosts of the public internet may be asked over http too: in development. */
  mayBePlain: boolean;
  /** The names of the servers that the operator gives every session. */
  takenNames: readonly string[];
};

export const mcpRulesOf = ({ MCP_ALLOWED_HOSTS, MCP_SERVERS_FILE = [], NODE_ENV }: Config): McpRules => ({
  allowedHosts: MCP_ALLOWED_HOSTS,
  mayBePlain: NODE_ENV === 'development',
  takenNames: MCP_SERVERS_FILE.map(({ server }) => server.name),
});

/** What a host's name leads to is checked when it is connected to. @returns a sentence that never repeats the URL */
export function findMcpProblem(
  { mcpServers = [] }: Pick<SessionSettings, 'mcpServers'>,
  { mcp = {} }: Pick<SessionSecrets, 'mcp'>,
  rules: McpRules,
): Failure | undefined {
  for (const server of mcpServers) {
    const refuse = (problem: string) => failed('badMcpServer', `The MCP server ${server.name} ${problem}.`).failure;
    if (rules.takenNames.includes(server.name)) return refuse('has the name of one that every session here has');
    if ('command' in server) continue;
    const url = URL.parse(mcp[server.name]?.url ?? server.url);
    if (!url) return refuse('has no URL that can be read');
    if (url.username !== '' || url.password !== '') return refuse('has credentials in its URL: give a header instead');
    if (isAllowedHost(url, rules.allowedHosts)) continue;
    if (url.protocol !== 'https:' && !rules.mayBePlain)
      return refuse('has to be asked over https://; http:// is for hosts that the operator has named');
    if (!isPublicHost(url)) return refuse('has a host that is not one of the public internet');
  }
  return undefined;
}
