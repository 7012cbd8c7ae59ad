"""The least Django that shows a signed-in person the same rows: the yardstick of the numbers page.

Session, user, one-time-password device, the same query, one INSERT committed, a table of three columns; Django's own
middleware as ``startproject`` lists it, and django-otp's. No sealing, no translation, no content security policy.
"""
