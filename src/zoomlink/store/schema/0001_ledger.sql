-- The ledger, its limits and the shared token. The same text for SQLite and PostgreSQL.
-- Moments are milliseconds since 1970 (UTC) unless a name ends in _us (microseconds).
CREATE TABLE zoomlink_links (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  marker TEXT NOT NULL,
  state TEXT NOT NULL,
  version BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  mode TEXT NOT NULL,
  host TEXT NOT NULL,
  asked TEXT NOT NULL,
  body TEXT NOT NULL,
  topic TEXT NOT NULL,
  start_at BIGINT NOT NULL,
  timezone TEXT,
  duration BIGINT NOT NULL,
  meeting_id BIGINT,
  shared_id BIGINT NOT NULL,
  join_url TEXT,
  passcode TEXT,
  claim TEXT,
  lease_at BIGINT,
  first_sent_at BIGINT,
  sent_at BIGINT,
  unsure_at BIGINT,
  looks BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  watch BIGINT NOT NULL,
  wish TEXT,
  due_at BIGINT,
  warnings TEXT NOT NULL,
  problem TEXT,
  sequence BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  history TEXT NOT NULL
);
CREATE UNIQUE INDEX zoomlink_links_key ON zoomlink_links (account, owner, key);
CREATE UNIQUE INDEX zoomlink_links_meeting ON zoomlink_links (account, meeting_id)
  WHERE meeting_id IS NOT NULL AND shared_id = 0;
CREATE INDEX zoomlink_links_shared ON zoomlink_links (account, meeting_id)
  WHERE meeting_id IS NOT NULL AND shared_id = 1;
CREATE INDEX zoomlink_links_marker ON zoomlink_links (account, marker) WHERE marker <> '';
CREATE INDEX zoomlink_links_due ON zoomlink_links (account, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX zoomlink_links_start ON zoomlink_links (account, start_at, id);

CREATE TABLE zoomlink_hosts (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  PRIMARY KEY (account, name)
);

-- When hosts are busy: with links (from the moment they are planned), and with meetings that are none of ours.
CREATE TABLE zoomlink_bookings (
  account TEXT NOT NULL,
  host TEXT NOT NULL,
  start_at BIGINT NOT NULL,
  end_at BIGINT NOT NULL,
  link TEXT NOT NULL,
  meeting BIGINT NOT NULL
);
CREATE INDEX zoomlink_bookings_time ON zoomlink_bookings (account, host, start_at);
CREATE INDEX zoomlink_bookings_link ON zoomlink_bookings (link) WHERE link <> '';

CREATE TABLE zoomlink_pool (
  account TEXT NOT NULL,
  host TEXT NOT NULL,
  licensed BIGINT,
  licence_at BIGINT NOT NULL,
  looked_at BIGINT NOT NULL,
  PRIMARY KEY (account, host)
);

CREATE TABLE zoomlink_paces (
  account TEXT NOT NULL,
  label TEXT NOT NULL,
  next_us BIGINT NOT NULL,
  learned DOUBLE PRECISION NOT NULL,
  learned_until BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL,
  PRIMARY KEY (account, label)
);

CREATE TABLE zoomlink_days (
  account TEXT NOT NULL,
  host TEXT NOT NULL,
  day BIGINT NOT NULL,
  used BIGINT NOT NULL,
  full_until BIGINT NOT NULL,
  PRIMARY KEY (account, host, day)
);

CREATE TABLE zoomlink_tokens (
  account TEXT NOT NULL,
  client TEXT NOT NULL,
  generation BIGINT NOT NULL,
  sealed TEXT,
  renew_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  fetcher TEXT,
  fetch_until BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  failed_at BIGINT NOT NULL,
  failure TEXT,
  rejections TEXT NOT NULL,
  PRIMARY KEY (account, client)
);
