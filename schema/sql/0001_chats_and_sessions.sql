-- The reference's two tables, as its clients read them, and the engine's own record of sessions that can be activated.
-- Every statement also works on a database that the Python engine has used: nothing there is lost.
-- The schema `lucid_engine` is there before the first of these files is applied.

-- Owned by the front end. A minimal one is made only where none exists.
CREATE TABLE IF NOT EXISTS users (
  id varchar PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS chat_sessions (
  id varchar PRIMARY KEY,
  user_id varchar NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  agent_session_id varchar,
  project_id varchar,
  title varchar(255) NOT NULL,
  model_provider varchar(50),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS chat_messages (
  id varchar PRIMARY KEY,
  session_id varchar NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  role varchar(20) NOT NULL,
  content text NOT NULL,
  event_type varchar(100),
  metadata_json text,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- What the Python engine may have left empty; nothing here is.
UPDATE chat_sessions SET
  title = coalesce(title, ''),
  is_active = coalesce(is_active, false),
  created_at = coalesce(created_at, updated_at, now()),
  updated_at = coalesce(updated_at, created_at, now())
WHERE title IS NULL OR is_active IS NULL OR created_at IS NULL OR updated_at IS NULL;
UPDATE chat_messages SET created_at = now() WHERE created_at IS NULL;

-- A message's number in its session, the ownership generation that wrote it, and the command that it records.
ALTER TABLE chat_messages ADD COLUMN IF NOT EXISTS sequence integer;
ALTER TABLE chat_messages ADD COLUMN IF NOT EXISTS epoch integer NOT NULL DEFAULT 0;
ALTER TABLE chat_messages ADD COLUMN IF NOT EXISTS command_id varchar(255);

-- Messages from before sequences are numbered in the order of their time.
UPDATE chat_messages m
SET sequence = numbered.sequence
FROM (
  SELECT id, row_number() OVER (PARTITION BY session_id ORDER BY created_at, id) AS sequence
  FROM chat_messages
) numbered
WHERE m.id = numbered.id AND m.sequence IS NULL;

ALTER TABLE chat_messages ALTER COLUMN sequence SET NOT NULL;

CREATE UNIQUE INDEX IF NOT EXISTS chat_messages_by_sequence ON chat_messages (session_id, sequence);
CREATE UNIQUE INDEX IF NOT EXISTS chat_messages_by_command ON chat_messages (session_id, command_id)
  WHERE command_id IS NOT NULL;

-- What a session needs to be activated again. `epoch` fences: a write of an older one is refused.
CREATE TABLE IF NOT EXISTS lucid_engine.agent_sessions (
  id varchar PRIMARY KEY,
  chat_id varchar NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
  user_id varchar NOT NULL,
  epoch integer NOT NULL,
  state varchar(20) NOT NULL,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS agent_sessions_by_chat ON lucid_engine.agent_sessions (chat_id);
