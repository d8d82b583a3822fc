"""What every service of the sandbox stands on: clock, ids, pipeline, ledger, errors. No endpoint lives here."""
