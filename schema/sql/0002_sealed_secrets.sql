-- A caller's key and token, sealed with ENCRYPTION_KEY, so that a session can go on after a restart of the engine.
ALTER TABLE lucid_engine.agent_sessions ADD COLUMN IF NOT EXISTS sealed_secrets text;
