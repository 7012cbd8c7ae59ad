"""Keeps secrets: the keyring, sealing (AES-256-GCM), blind indexes (HMAC-SHA256) and masking.

The only room that touches keys. It knows nothing of countries, people or carriers: callers hand it normalised text.
"""
