"""``python -m zoomlink.cli``."""

from zoomlink.cli import main

main()
