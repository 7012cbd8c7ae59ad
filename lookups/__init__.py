"""The domain: one small room per folder, each importing only rooms below it (the order is checked by import-linter)."""
