-- Who a run is, for the others on the same database: the process whose life it is in, its name, what it speaks and how much
-- it has to do. Runs of an engine of an earlier release leave all of it empty.
ALTER TABLE lucid_engine.engine_runs
  ADD COLUMN IF NOT EXISTS boot_id varchar,
  ADD COLUMN IF NOT EXISTS node varchar,
  ADD COLUMN IF NOT EXISTS version varchar,
  ADD COLUMN IF NOT EXISTS wire integer,
  ADD COLUMN IF NOT EXISTS state varchar(20) NOT NULL DEFAULT 'open',
  ADD COLUMN IF NOT EXISTS load jsonb;

-- Where a session's sandbox is, how often in a row its engine has died while it was at work, and when that was last.
ALTER TABLE lucid_engine.agent_sessions
  ADD COLUMN IF NOT EXISTS sandbox_host varchar,
  ADD COLUMN IF NOT EXISTS crashes integer NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS crashed_at timestamptz;
