// Calls of tools of MCP servers.
import { declareAgentEvents } from './declare-event.ts';

export const mcpCallEvents = declareAgentEvents({
  McpAction: "The agent calls a tool of an MCP server: `content` is the tool's name with its input.",
  McpObservation: 'What the server gave, as text.',
});
