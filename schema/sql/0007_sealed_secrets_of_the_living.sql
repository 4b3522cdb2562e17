-- Callers' keys and tokens go with their session's end; those of sessions that ended before are taken out here.
UPDATE lucid_engine.agent_sessions SET sealed_secrets = NULL
WHERE state NOT IN ('created', 'live') AND sealed_secrets IS NOT NULL;
