-- Only what the reference has stays in the reference's schema, so that `prisma db push` finds nothing to take away.
-- Messages with our columns are a table of ours that inherits the reference's: whoever reads `chat_messages` reads them
-- too, without those columns. Nothing is copied: the table moves, and an empty one of the old shape takes its place.
ALTER TABLE chat_messages SET SCHEMA lucid_engine;
CREATE TABLE chat_messages (LIKE lucid_engine.chat_messages INCLUDING ALL);
ALTER TABLE chat_messages DROP COLUMN sequence, DROP COLUMN epoch, DROP COLUMN command_id;

-- What LIKE leaves out: owner, rights, and the references to other tables, under their names.
DO $$
DECLARE item record;
BEGIN
  FOR item IN
    SELECT format('ALTER TABLE chat_messages OWNER TO %I', pg_get_userbyid(relowner)) AS statement, 1 AS place
    FROM pg_class WHERE oid = 'lucid_engine.chat_messages'::regclass
    UNION ALL
    SELECT format('ALTER TABLE chat_messages ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), 2
    FROM pg_constraint WHERE conrelid = 'lucid_engine.chat_messages'::regclass AND contype = 'f'
    UNION ALL
    SELECT format('GRANT %s ON chat_messages TO %s', privilege_type,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END), 3
    FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = 'lucid_engine.chat_messages'::regclass
    ORDER BY place
  LOOP
    EXECUTE item.statement;
  END LOOP;
END $$;

ALTER TABLE lucid_engine.chat_messages INHERIT chat_messages;

-- Prisma drops indexes that its schema doesn't name, but leaves those over expressions alone: hence the 0.
DROP INDEX IF EXISTS chat_sessions_newest_first;
CREATE INDEX IF NOT EXISTS chat_sessions_by_time ON chat_sessions (user_id, updated_at DESC, id DESC, (0));
