-- Where users want to hear of their sessions' events. The address with its password, and the secret, are sealed.
CREATE TABLE IF NOT EXISTS lucid_engine.webhooks (
  id varchar PRIMARY KEY,
  user_id varchar NOT NULL,
  shown_url text NOT NULL,
  host text NOT NULL,
  events varchar[] NOT NULL,
  sealed text NOT NULL,
  created_at timestamptz NOT NULL,
  disabled_at timestamptz,
  disabled_reason text
);
CREATE INDEX IF NOT EXISTS webhooks_by_user ON lucid_engine.webhooks (user_id, created_at, id);

-- One event on its way to one webhook, stored with the event. Nothing refers to other tables: what is stored of a
-- session must never fail, or wait, because of a webhook.
CREATE TABLE IF NOT EXISTS lucid_engine.webhook_deliveries (
  webhook_id varchar NOT NULL,
  event_id varchar NOT NULL,
  -- What is delivered in order: a session, by its sequence.
  stream varchar NOT NULL,
  sequence integer NOT NULL,
  type varchar(40) NOT NULL,
  data text NOT NULL,
  occurred_at timestamptz NOT NULL,
  state varchar(20) NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  first_tried_at timestamptz,
  last_tried_at timestamptz,
  -- Not to be tried before; empty for at once.
  next_at timestamptz,
  -- When the queue was told; empty while it has to be.
  queued_at timestamptz,
  status integer,
  problem text,
  PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX IF NOT EXISTS webhook_deliveries_in_order ON lucid_engine.webhook_deliveries (webhook_id, stream, sequence)
  WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS webhook_deliveries_unqueued ON lucid_engine.webhook_deliveries (next_at)
  WHERE state = 'waiting' AND queued_at IS NULL;
CREATE INDEX IF NOT EXISTS webhook_deliveries_newest ON lucid_engine.webhook_deliveries (webhook_id, occurred_at DESC, event_id DESC);
CREATE INDEX IF NOT EXISTS webhook_deliveries_by_age ON lucid_engine.webhook_deliveries (occurred_at);
