"""The Django project: settings, addresses, the task runner, the embedded servers and what supervises them. It decides nothing."""
