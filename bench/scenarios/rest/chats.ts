// `GET /api/v1/chats` of a user with many chats: what a query costs, beside the same query by Fastify and pg.
import type { ScenarioOptions, ScenarioResult } from '../../scenario.ts';
import { measureRoute, type RestDependencies } from './measure-route.ts';

const path = '/api/v1/chats';
/** Requests that browsers of a few dozen people have unanswered. */
const connections = 32;

export async function measureChats(options: ScenarioOptions, dependencies: RestDependencies): Promise<ScenarioResult> {
  const { servers, headers, chatCount } = dependencies;
  const [ours, theirs] = await Promise.all(
    [servers.engine, servers.fastify].map(({ origin }) => readChatIds(`${origin}${path}`, headers)),
  );
  const result = await measureRoute(
    options,
    {
      name: `GET /api/v1/chats, ${chatCount.toLocaleString('en')} stored`,
      paths: { engine: path, fastify: path },
      headers,
      ratioMin: { fastify: 1 },
      connections,
      pipelining: 1,
    },
    dependencies,
  );
  const problems = ours === theirs ? [] : [`The engine and Fastify list other chats: ${ours}; ${theirs}.`];
  return {
    ...result,
    notes: [
      ...result.notes,
      'Fastify lists the same chats of the same database by the same prepared query, with a pool of 10 connections of pg, and verifies each token with jose.',
    ],
    problems: [...result.problems, ...problems],
  };
}

async function readChatIds(url: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  const { chats: listed } = (await response.json()) as { chats: { id: string }[] };
  return listed.map(({ id }) => id).join(' ');
}
