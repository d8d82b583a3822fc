-- Which links a batch recorded itself, in the parts in which it did: only these are its own to take back.
CREATE TABLE zoomlink_batch_parts (
  batch TEXT NOT NULL,
  part TEXT NOT NULL,
  links TEXT NOT NULL,
  PRIMARY KEY (batch, part)
);
