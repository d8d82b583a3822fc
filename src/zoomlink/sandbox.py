"""Starts zoomsandbox for whoever asks with ``--sandbox``: the only file that does. What it imitates is its own affair.
"""
