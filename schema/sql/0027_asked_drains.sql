-- What an operator has asked of a run at another engine, until the run's next beat reads it: to drain, or to take that back.
ALTER TABLE lucid_engine.engine_runs ADD COLUMN IF NOT EXISTS asked jsonb;
