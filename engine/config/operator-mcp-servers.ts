// Reads the file that names the MCP servers which the operator gives every session.
import * as v from 'valibot';
import type { OperatorMcpServer } from '../../schema/mcp.ts';
import { GivenMcpServers, splitMcpServer } from '../../schema/protocol/mcp-fields.ts';
import { type FileRead, readJsonFile, refuseFile } from './file-reading.ts';

/** Names of servers whose word about their tools is believed: that a tool only reads. */
const Trusted = v.optional(v.array(v.string()), []);

const ServersFile = v.strictObject({ mcpServers: GivenMcpServers, trusted: Trusted });

/** @param path of JSON such as `{"mcpServers": {"docs": {"url": "https://…"}}, "trusted": ["docs"]}` */
export function readOperatorMcpServers(path: string): FileRead<readonly OperatorMcpServer[]> {
  const file = readJsonFile(ServersFile, path);
  if (!file.ok) return file;
  const { mcpServers, trusted } = file.value;
  const unknown = trusted.find((name) => !Object.hasOwn(mcpServers, name));
  if (unknown !== undefined) return refuseFile(`in which "${unknown}" is trusted, which is none of its servers`);
  const servers = Object.entries(mcpServers).map(([name, server]) => ({
    ...splitMcpServer(name, server),
    isTrusted: trusted.includes(name),
  }));
  return { ok: true, value: servers };
}
