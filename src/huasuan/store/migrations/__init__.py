"""How the tables came to be, step by step; `store.migrate` runs what is missing.

There are no steps back: a backup is made before every upgrade, and restoring it is the way back.
"""
