// The epoch of the event at a client's position, and the session's last sequence and epoch.
import { sql } from 'slonik';
import * as v from 'valibot';

const Stored = v.object({ epochThere: v.nullable(v.number()), lastSequence: v.number(), epoch: v.number() });

export const selectPosition = (chatId: string, sequence: number) => sql.type(Stored)`
  SELECT
    (SELECT epoch FROM lucid_engine.chat_messages WHERE session_id = ${chatId} AND sequence = ${sequence}) AS "epochThere",
    coalesce((SELECT max(sequence) FROM lucid_engine.chat_messages WHERE session_id = ${chatId}), 0) AS "lastSequence",
    coalesce((SELECT max(epoch) FROM lucid_engine.agent_sessions WHERE chat_id = ${chatId}), 0) AS epoch`;
