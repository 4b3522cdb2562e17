// Reads the file that names the MCP servers which the operator gives every session.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { OperatorMcpServer } from '../../schema/mcp.ts';
import { GivenMcpServers, splitMcpServer } from '../../schema/protocol/mcp-fields.ts';

/** Names of servers whose word about their tools is believed: that a tool only reads. */
const Trusted = v.optional(v.array(v.string()), []);

const ServersFile = v.strictObject({ mcpServers: GivenMcpServers, trusted: Trusted });

/** @param path of JSON such as `{"mcpServers": {"docs": {"url": "https://…"}}, "trusted": ["docs"]}` */
export function readOperatorMcpServers(path: string): Outcome<readonly OperatorMcpServer[]> {
  const refuse = (problem: string) => failed('badMcpServer', `MCP_SERVERS_FILE names ${path}, ${problem}`);
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuse(`which can't be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const file = v.safeParse(ServersFile, given);
  if (!file.success) {
    const [issue] = file.issues;
    return refuse(`in which ${v.getDotPath(issue) ?? 'the whole'} is wrong: ${issue.message}.`);
  }
  const { mcpServers, trusted } = file.output;
  const unknown = trusted.find((name) => !Object.hasOwn(mcpServers, name));
  if (unknown !== undefined) return refuse(`in which "${unknown}" is trusted, which is none of its servers.`);
  return succeeded(
    Object.entries(mcpServers).map(([name, server]) => ({
      ...splitMcpServer(name, server),
      isTrusted: trusted.includes(name),
    })),
  );
}
