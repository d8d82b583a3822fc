-- Events that Zoom sent, until they are applied and for a while longer, so that none is applied twice; and what was
-- learned of meetings that run at this moment. Moments are milliseconds since 1970 (UTC).
CREATE TABLE zoomlink_inbox (
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  at BIGINT NOT NULL,
  meeting BIGINT NOT NULL,
  payload TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  done BIGINT NOT NULL,
  PRIMARY KEY (account, id)
);
CREATE INDEX zoomlink_inbox_due ON zoomlink_inbox (account, done, due_at);
