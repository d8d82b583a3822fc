"""zoomsandbox: a local Zoom to test against, over real HTTP. Imports nothing of zoomlink, nor zoomlink of it.

``python -m zoomsandbox`` starts it; ``zoomsandbox.server.ThreadedSandbox`` runs it inside a test.
"""
