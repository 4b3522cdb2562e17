-- Whether the last try of a webhook was short; empty before the first one. Slow receivers have slots of their own.
ALTER TABLE lucid_engine.webhooks ADD COLUMN IF NOT EXISTS is_quick boolean;
ALTER TABLE lucid_engine.webhooks DROP COLUMN IF EXISTS host;

-- A path may be a secret, as those of chat services are: only the end of a long one is shown.
UPDATE lucid_engine.webhooks SET shown_url = substring(shown_url FROM '^https?://[^/]+/') || '…' ||
  CASE WHEN length(substring(shown_url FROM '^https?://[^/]+(/[^?]*)')) >= 24
    THEN right(substring(shown_url FROM '^https?://[^/]+(/[^?]*)'), 4) ELSE '' END
WHERE shown_url ~ '^https?://[^/]+/.';

-- How many webhooks a user has, for who is about to add one: the next one waits until this transaction has ended, and
-- counts then.
CREATE OR REPLACE FUNCTION lucid_engine.count_webhooks_locked(owner varchar) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('webhooks/' || owner, 0));
  RETURN (SELECT count(*) FROM lucid_engine.webhooks WHERE user_id = owner);
END
$$;
