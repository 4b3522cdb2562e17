// The columns of an event, as every query of them reads them, and the event they make.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { EventMetadata, Role, StoredEvent } from '../../../schema/event.ts';

export const EventRow = v.object({
  epoch: v.number(),
  sequence: v.number(),
  role: v.custom<Role>((value) => typeof value === 'string'),
  eventType: v.nullable(v.string()),
  content: v.string(),
  metadataJson: v.nullable(v.string()),
  commandId: v.nullable(v.string()),
  createdAtMs: v.number(),
});

export const eventColumns = sql.fragment`
  epoch, sequence, role, event_type AS "eventType", content, metadata_json AS "metadataJson",
  command_id AS "commandId", created_at AS "createdAtMs"`;

export const eventOf = (
  sessionId: string,
  { metadataJson, eventType, ...row }: v.InferOutput<typeof EventRow>,
): StoredEvent => ({
  ...row,
  sessionId,
  eventType: eventType ?? '',
  metadata: metadataJson === null ? null : (JSON.parse(metadataJson) as EventMetadata),
});
