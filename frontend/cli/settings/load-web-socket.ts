// The WebSocket of this Node, or of the package `ws` where it has none, as Node 20.
import type { SocketConstructor } from '../../client/index.ts';

export async function loadWebSocket(): Promise<SocketConstructor> {
  const own = (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (own) return own;
  const { WebSocket } = await import('ws');
  return WebSocket as unknown as SocketConstructor;
}
