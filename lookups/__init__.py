"""The domain: one room per app, each importing only the rooms below it (the order stands in pyproject.toml)."""
