"""What every service of the sandbox stands on: clock, ids, router, pipeline, ledger, errors. No Zoom endpoint lives here."""
