"""Many links from one file: a table in, a plan, links out in the same table.

:mod:`~zoomlink.batches.reading` and :mod:`~zoomlink.batches.rows` read, :mod:`~zoomlink.batches.plan` plans,
:mod:`~zoomlink.batches.engine` runs, :mod:`~zoomlink.batches.writing` writes. Nothing of the command or the service.
"""
