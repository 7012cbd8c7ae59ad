"""The Django project: settings, addresses, task runner, own servers and what supervises them. It decides nothing."""
