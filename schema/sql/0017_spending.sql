-- What the engine's own keys have paid for each user on each day of UTC, in US dollars: budgets are counted from it, whatever
-- chats are deleted. A start of the engine removes what no budget asks for any more.
CREATE TABLE IF NOT EXISTS lucid_engine.spending (
  day date NOT NULL,
  user_id varchar NOT NULL,
  cost_usd double precision NOT NULL,
  PRIMARY KEY (day, user_id)
);
