// What a good engineer would write in a week instead of the engine: Fastify, WebSockets and pg, an INSERT for each event.
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import { jwtVerify } from 'jose';
import { Pool } from 'pg';
import { v7 as uuid } from 'uuid';
import type { WebSocket } from 'ws';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { type AgentEvent, playTask } from './plain-agent.ts';

type PlainOptions = { secret: string; databaseUrl: string };

/** pg's own default: more connections measured no faster on a machine that PostgreSQL shares. */
const connectionsMax = 10;

const insertChat = {
  name: 'insert-chat',
  text: 'INSERT INTO chat_sessions (id, user_id, agent_session_id, title, model_provider) VALUES ($1, $2, $3, $4, $5)',
};
const insertMessage = {
  name: 'insert-message',
  text: `INSERT INTO lucid_engine.chat_messages
    (id, session_id, role, content, event_type, metadata_json, sequence, epoch, command_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)`,
};

let pool: Pool;

async function startPlainServer({ secret, databaseUrl }: PlainOptions): Promise<number> {
  pool = new Pool({ connectionString: databaseUrl, max: connectionsMax });
  pool.on('error', () => undefined); // PostgreSQL may end before this pool does.
  const key = new TextEncoder().encode(secret);
  const server = Fastify();
  await server.register(websocket);
  server.get<{ Querystring: { token?: string } }>('/api/v1/ws', { websocket: true }, async (socket, request) => {
    const first = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    const verified = await jwtVerify(request.query.token ?? '', key, { algorithms: ['HS256'] }).catch(() => undefined);
    if (!verified) return socket.close(4010, 'Not authenticated.');
    const { task } = JSON.parse(await first) as { task: string };
    await runSession(socket, String(verified.payload.userId), task).catch((error) => {
      if (socket.readyState === socket.OPEN) console.error(error);
      socket.close(1011);
    });
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return Number(new URL(address).port);
}

const knownUsers = new Set<string>();

async function ensureUser(userId: string): Promise<void> {
  if (knownUsers.has(userId)) return;
  await pool.query('INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING', [userId]);
  knownUsers.add(userId);
}

/** Each event is stored before it is sent, and numbered in its session, as the engine does. */
async function runSession(socket: WebSocket, userId: string, task: string): Promise<void> {
  const [sessionId, chatId] = [uuid(), uuid()];
  await ensureUser(userId);
  await pool.query({ ...insertChat, values: [chatId, userId, sessionId, task, 'anthropic'] });
  let sequence = 0;
  for await (const event of playTask(task)) {
    const timestamp = new Date();
    await storeEvent(chatId, ++sequence, event, timestamp);
    socket.send(JSON.stringify({ ...event.frame, timestamp: timestamp.toISOString(), sessionId, epoch: 1, sequence }));
  }
}

async function storeEvent(chatId: string, sequence: number, event: AgentEvent, at: Date): Promise<void> {
  const { role, eventType, content, metadata } = event;
  const commandId = eventType === 'InitialTask' ? uuid() : null;
  const values = [uuid(), chatId, role, content, eventType, JSON.stringify(metadata), sequence, commandId, at];
  await pool.query({ ...insertMessage, values });
}

const answers = { start: startPlainServer, usage: readOwnUsage };
export type PlainAnswers = typeof answers;

answerParent(answers, async () => pool?.end());
