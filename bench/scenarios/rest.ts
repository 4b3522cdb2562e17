// REST under autocannon: a route without work, one that knows its caller, and one that asks PostgreSQL.
import { fillChats } from '../database.ts';
import type { HttpAnswers } from '../generators/http-load.ts';
import { signTokens } from '../generators/session-client.ts';
import { Child } from '../processes/child.ts';
import { mergeResults, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import { startEngine } from '../server/start-engine.ts';
import { measureChats } from './rest/chats.ts';
import { measureHealth } from './rest/health.ts';
import { startRestServers } from './rest/rest-servers.ts';
import { measureSessionList } from './rest/session-list.ts';

const chatCount = 10_000;

export async function rest(options: ScenarioOptions): Promise<ScenarioResult> {
  const generator = new Child<HttpAnswers>('generators/http-load.ts');
  const engine = await startEngine(options.checkout, { dropsRows: false, environment: {} });
  const { address } = engine;
  const servers = await startRestServers(engine);
  const [token = ''] = await signTokens(address, 1);
  await fillChats(address.databaseUrl, { user: 'bench-0', chats: chatCount });
  const dependencies = { servers, generator, headers: { authorization: `Bearer ${token}` }, chatCount };
  const results = [
    await measureHealth(options, dependencies),
    await measureSessionList(options, dependencies),
    await measureChats(options, dependencies),
  ];
  await generator.end();
  await servers.end();
  return mergeResults([...results, { rows: [], figures: {}, notes, warnings: [], problems: [] }]);
}

const notes = [
  'autocannon needs more CPU for a request than uWebSockets.js does: on a few cores it holds the faster servers back.',
  'Requests per second of CPU of the server do not depend on that; the CPU of all threads of the engine counts, that of PostgreSQL does not.',
];
