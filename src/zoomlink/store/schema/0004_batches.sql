-- Batches: many links from one file. The links of a batch are found by their keys, which are made of its rows.
CREATE TABLE zoomlink_batches (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  options TEXT NOT NULL,
  problems TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX zoomlink_batches_state ON zoomlink_batches (account, state);

-- The files that came over HTTP, packed; the command's stay where they are.
CREATE TABLE zoomlink_batch_files (
  batch TEXT PRIMARY KEY,
  content TEXT NOT NULL,
  kept_at BIGINT NOT NULL
);
