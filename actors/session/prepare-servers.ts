// Makes a session's MCP servers ready for a turn, and tells the model and the clients what there is to tell of them.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { findNews } from './notices.ts';
import type { SessionParts } from './session-parts.ts';

/** A script calls no tools of servers. */
export async function prepareServers(
  { credentials, mcpServers, recorder }: Pick<SessionParts, 'credentials' | 'mcpServers' | 'recorder'>,
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<void> {
  if (credentials.isMock) return;
  const notices = await mcpServers.prepareTurn(sandbox, signal);
  const masked = notices.map((notice) => credentials.masking.maskText(notice));
  for (const content of findNews(recorder.events, masked))
    recorder.recordEvent({ role: 'system', eventType: 'AgentNotice', content });
}
