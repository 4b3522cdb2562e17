// The ceiling of storing: COPY puts the rows that the engine stored back into the same table, in a process of its own.
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { answerParent } from '../processes/parent.ts';

type CopyResult = { rows: number; elapsedMs: number };

/** Rows of one COMMIT, as in the engine's own batches, since events must be durable soon. */
const rowsAtOnce = 1_000;

const columns = '(id, session_id, role, content, event_type, metadata_json, created_at, sequence, epoch, command_id)';

/**
 * Indices, constraints and chats are those of the engine; only the rows are removed and stored again.
 * @param rowsMax the newest rows beyond it are left out
 */
async function copyRows({ databaseUrl, rowsMax }: { databaseUrl: string; rowsMax: number }): Promise<CopyResult> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const lines = await readCopyLines(client, rowsMax);
    await client.query('TRUNCATE lucid_engine.chat_messages');
    const startedAtMs = performance.now();
    for (let at = 0; at < lines.length; at += rowsAtOnce) await copyIn(client, lines.slice(at, at + rowsAtOnce));
    return { rows: lines.length, elapsedMs: performance.now() - startedAtMs };
  } finally {
    await client.end();
  }
}

/** Rows in COPY's own text format, a line each, in the order they were stored. */
async function readCopyLines(client: Client, rowsMax: number): Promise<string[]> {
  const rows = `SELECT id, session_id, role, content, event_type, metadata_json, created_at, sequence, epoch, command_id
    FROM lucid_engine.chat_messages ORDER BY id LIMIT ${rowsMax}`;
  const chunks: Buffer[] = [];
  await pipeline(client.query(copyTo(`COPY (${rows}) TO STDOUT`)), async (source) => {
    for await (const chunk of source) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks).toString().split('\n').slice(0, -1);
}

async function copyIn(client: Client, lines: readonly string[]): Promise<void> {
  const stream = client.query(copyFrom(`COPY lucid_engine.chat_messages ${columns} FROM STDIN`));
  const finished = once(stream, 'finish');
  stream.end(`${lines.join('\n')}\n`);
  await finished;
}

const answers = { run: copyRows };
export type CopyAnswers = typeof answers;

answerParent(answers);
