// Where a webhook's deliveries go, as it is sealed.
import { sql } from 'slonik';
import * as v from 'valibot';

const TargetRow = v.object({ userId: v.string(), sealed: v.string(), isDisabled: v.boolean() });

export const selectTarget = (webhookId: string) => sql.type(TargetRow)`
  SELECT user_id AS "userId", sealed, disabled_at IS NOT NULL AS "isDisabled"
  FROM lucid_engine.webhooks WHERE id = ${webhookId}`;
