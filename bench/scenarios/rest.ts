// REST under autocannon: a route without work, one that knows its caller, and one that asks PostgreSQL.
import { fillChats } from '../database.ts';
import { tokensFor } from '../load/client.ts';
import type { HttpAnswers } from '../load/http.ts';
import { Child } from '../processes/child.ts';
import { type Options, type Result, together } from '../scenario.ts';
import { startEngine } from '../server/start.ts';
import { chats } from './rest/chats.ts';
import { health } from './rest/health.ts';
import { startServers } from './rest/servers.ts';
import { sessionList } from './rest/session-list.ts';

const chatCount = 10_000;

export async function rest(options: Options): Promise<Result> {
  const generator = new Child<HttpAnswers>('load/http.ts');
  const engine = await startEngine({ dropsRows: false, environment: {} });
  const { address } = engine;
  const servers = await startServers(engine);
  const [token = ''] = await tokensFor(address, 1);
  await fillChats(address.databaseUrl, { user: 'bench-0', chats: chatCount });
  const parts = { servers, generator, headers: { authorization: `Bearer ${token}` }, chatCount };
  const results = [await health(options, parts), await sessionList(options, parts), await chats(options, parts)];
  await generator.end();
  await servers.end();
  return together([...results, { rows: [], figures: {}, notes, warnings: [], problems: [] }]);
}

const notes = [
  'autocannon needs more CPU for a request than uWebSockets.js does: on a few cores it holds the faster servers back.',
  'Requests per second of CPU of the server do not depend on that; the CPU of all threads of the engine counts, that of PostgreSQL does not.',
];
