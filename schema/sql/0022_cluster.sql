-- A keyed digest of the secrets that the engines of a cluster share, so that one with others doesn't join it.
ALTER TABLE lucid_engine.engine_runs ADD COLUMN IF NOT EXISTS secrets_digest varchar;
