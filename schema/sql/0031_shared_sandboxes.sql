-- What engines have in common that share Docker daemons: the id that their sandboxes carry, made once for the database, and for
-- each daemon the run that removes there what no living engine has.
CREATE TABLE IF NOT EXISTS lucid_engine.sandbox_owner (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  id varchar NOT NULL DEFAULT gen_random_uuid()::varchar
);
INSERT INTO lucid_engine.sandbox_owner DEFAULT VALUES ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS lucid_engine.sandbox_daemons (name varchar PRIMARY KEY, run_id varchar NOT NULL);

-- A session's sandbox is asked for by its name at every daemon: no row can be out of date about where it is.
ALTER TABLE lucid_engine.agent_sessions DROP COLUMN IF EXISTS sandbox_host;
