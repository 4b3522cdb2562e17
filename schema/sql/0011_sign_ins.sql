-- Who has signed in with a browser: by the digest of the cookie, which alone opens nothing.
CREATE TABLE IF NOT EXISTS lucid_engine.sign_ins (
  token_hash varchar PRIMARY KEY,
  user_id varchar NOT NULL,
  name text NOT NULL,
  is_admin boolean NOT NULL,
  way varchar(20) NOT NULL,
  created_at timestamptz NOT NULL,
  -- It goes on with each use, to `ends_at` at the latest.
  expires_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS sign_ins_by_user ON lucid_engine.sign_ins (user_id, created_at);
CREATE INDEX IF NOT EXISTS sign_ins_by_expiry ON lucid_engine.sign_ins (expires_at);
