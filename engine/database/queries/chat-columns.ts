// The columns of a chat and of a message, as every query of them reads them.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { ChatRow, MessageRow } from '../../../schema/chat.ts';
import type { Role } from '../../../schema/event.ts';

const chatEntries = {
  id: v.string(),
  agentSessionId: v.nullable(v.string()),
  projectId: v.nullable(v.string()),
  title: v.string(),
  modelProvider: v.nullable(v.string()),
  isActive: v.boolean(),
  createdAtMs: v.number(),
  updatedAtMs: v.number(),
};

export const Chat = v.object(chatEntries) satisfies v.GenericSchema<unknown, ChatRow>;

export const chatColumns = sql.fragment`
  id, agent_session_id AS "agentSessionId", project_id AS "projectId", title, model_provider AS "modelProvider",
  is_active AS "isActive", created_at AS "createdAtMs", updated_at AS "updatedAtMs"`;

export const Message = v.object({
  id: v.string(),
  role: v.custom<Role>((value) => typeof value === 'string'),
  content: v.string(),
  eventType: v.nullable(v.string()),
  metadataJson: v.nullable(v.string()),
  sequence: v.number(),
  createdAtMs: v.number(),
}) satisfies v.GenericSchema<unknown, MessageRow>;

export const messageColumns = sql.fragment`
  id, role, content, event_type AS "eventType", metadata_json AS "metadataJson", sequence,
  created_at AS "createdAtMs"`;
