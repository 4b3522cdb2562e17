// Keeps what PostgreSQL refused to store, with the reason, where nothing of it can be refused again.
import { type CommonQueryMethods, sql } from 'slonik';
import { cleanText } from '../../../schema/rules/text.ts';
import type { Write } from '../../../schema/thread.ts';

/** Repeating it changes nothing. JSON escapes what PostgreSQL's text can't hold; secrets are left out, even sealed ones. */
export async function insertRefusedRow(connection: CommonQueryMethods, write: Write, reason: string): Promise<void> {
  const { id, chatId, sequence, refused } = refusedRowOf(write);
  await connection.query(sql.unsafe`
    INSERT INTO lucid_engine.refused_rows (id, session_id, chat_id, epoch, sequence, reason, refused)
    VALUES (
      ${cleanText(id)}, ${cleanText(write.sessionId)}, (SELECT id FROM chat_sessions WHERE id = ${cleanText(chatId)}),
      ${write.epoch}, ${sequence}, ${reason}, ${JSON.stringify(refused)})
    ON CONFLICT (id) DO NOTHING`);
}

function refusedRowOf(write: Write) {
  const { sessionId, epoch } = write;
  if (write.kind === 'event')
    return { id: write.rowId, chatId: write.chatId, sequence: write.event.sequence, refused: write.event };
  if (write.kind === 'open')
    return { id: sessionId, chatId: write.record.chatId, sequence: null, refused: write.record };
  return { id: `${sessionId}-${epoch}-update`, chatId: write.chatId, sequence: null, refused: write };
}
