"""Argon2id at a price that tests can pay. How strong the portal's own is stands in a test of its own (S5)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The same algorithm with the least work."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1
