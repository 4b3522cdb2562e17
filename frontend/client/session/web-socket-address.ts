// Where a WebSocket is opened and what is spoken there, as the engine has it; the compiler compares.
import type { everythingSubprotocol } from '../../../schema/protocol/additions.ts';
import type { webSocketPath } from '../../../schema/protocol/client-frames/attach-query.ts';

export const subprotocol: typeof everythingSubprotocol = 'lucid.v2';
const path: typeof webSocketPath = '/api/v1/ws';

/** @param baseUrl of the engine, ending in a slash */
export function webSocketUrlOf(baseUrl: URL): string {
  const url = new URL(path.slice(1), baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
