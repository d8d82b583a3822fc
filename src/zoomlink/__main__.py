"""``python -m zoomlink``."""

from zoomlink.cli import main

main()
