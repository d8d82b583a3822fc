-- What the HTTP service keeps: API keys (only their hashes), what each used up, one-time addresses of the page, and
-- where to tell that a link is ready. Moments are milliseconds since 1970 (UTC).
CREATE TABLE zoomlink_api_keys (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  per_minute BIGINT NOT NULL,
  per_day BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  used_at BIGINT
);
CREATE INDEX zoomlink_api_keys_name ON zoomlink_api_keys (account, name);

CREATE TABLE zoomlink_api_uses (
  account TEXT NOT NULL,
  owner TEXT NOT NULL,
  day BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (account, owner, day)
);

CREATE TABLE zoomlink_visits (
  hash TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

CREATE TABLE zoomlink_callbacks (
  account TEXT NOT NULL,
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  url TEXT NOT NULL,
  due_at BIGINT,
  tries BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account, owner, key)
);
CREATE INDEX zoomlink_callbacks_due ON zoomlink_callbacks (account, due_at) WHERE due_at IS NOT NULL;
