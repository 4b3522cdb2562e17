-- What a run's engine is labelled with: a session that asks for labels is only claimed by runs that have all of them.
ALTER TABLE lucid_engine.engine_runs ADD COLUMN IF NOT EXISTS labels jsonb NOT NULL DEFAULT '{}';
