// What people would use instead for REST: Fastify, with pg and jose for a list of chats, in a process of its own.
import Fastify from 'fastify';
import { jwtVerify } from 'jose';
import { Pool } from 'pg';
import { answerParent, readOwnUsage } from '../processes/parent.ts';

type FastifyOptions = { secret: string; databaseUrl: string };

const connectionsMax = 10;
const schema = { response: { 200: { type: 'object', properties: { status: { type: 'string' } } } } };

/** The query is the engine's own, and uses the same index `chat_sessions_newest_first`. */
const newestChats = `
  SELECT id, agent_session_id, project_id, title, model_provider, is_active, created_at, updated_at
  FROM chat_sessions WHERE user_id = $1 ORDER BY updated_at DESC, id DESC LIMIT $2`;

type ChatOfRow = {
  id: string;
  agent_session_id: string | null;
  project_id: string | null;
  title: string;
  model_provider: string | null;
  is_active: boolean;
  created_at: Date;
  updated_at: Date;
};

async function startFastify({ secret, databaseUrl }: FastifyOptions): Promise<number> {
  const server = Fastify();
  const pool = new Pool({ connectionString: databaseUrl, max: connectionsMax });
  pool.on('error', () => undefined); // The engine's PostgreSQL ends before this pool does.
  const key = new TextEncoder().encode(secret);
  server.get('/health', { schema }, async () => ({ status: 'ok' }));
  server.get<{ Querystring: { limit?: string } }>('/api/v1/chats', async ({ headers, query }, reply) => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
    const verified = await jwtVerify(token, key, { algorithms: ['HS256'] }).catch(() => undefined);
    if (!verified) return reply.code(401).send({ detail: 'The token is not valid.' });
    const values = [verified.payload.userId, Number(query.limit ?? 50)];
    const { rows } = await pool.query<ChatOfRow>({ name: 'newest-chats', text: newestChats, values });
    return { chats: rows.map(chatOf) };
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return Number(new URL(address).port);
}

const chatOf = (row: ChatOfRow) => ({
  id: row.id,
  agentSessionId: row.agent_session_id,
  projectId: row.project_id,
  title: row.title,
  modelProvider: row.model_provider,
  isActive: row.is_active,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const answers = { start: startFastify, usage: readOwnUsage };
export type FastifyAnswers = typeof answers;

answerParent(answers);
