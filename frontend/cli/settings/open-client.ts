// A client of the engine that is called, for all commands.
import { createClient, type Lucid } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { EndError, exitCodes } from '../exit-codes.ts';
import { commandName } from '../local/find-repository.ts';
import { findEngine } from './find-engine.ts';
import { loadWebSocket } from './load-web-socket.ts';

export type EngineOptions = { url?: string };

/** @throws EndError where no token is there */
export async function openClient({ url }: EngineOptions, { env, note }: Context): Promise<Lucid> {
  const engine = findEngine({ url }, env);
  if (engine.warning) note(engine.warning);
  if (engine.token === undefined) throw new EndError(exitCodes.notAllowed, noTokenSentence(engine.url));
  return createClient({ baseUrl: engine.url, token: engine.token, WebSocket: await loadWebSocket() });
}

const noTokenSentence = (url: string) =>
  `There is no token for ${url}: \`${commandName} login\` keeps one, LUCID_TOKEN names one, and \`${commandName} token\` makes one for trying.`;
