"""The sandbox carrier: a program that plays a carrier's system, for the demo, for tests, and for a carrier's engineers.

It is a process of its own with its own memory, on nothing but the standard library, and imports nothing of the portal
but the signatures. So whatever it understands, it understood from what went over the wire.

    manage.py sandbox_carrier CODE --port PORT
    python -m lookups.carriers.sandbox CODE --port PORT        (the same, and starts without Django)

It speaks the carrier's side of TMF621 v5 below /tmf-api/troubleTicket/v5 (see server.py), acknowledges a ticket at
once, works on it after a while and answers it after another, and sends a signed event for each step. Through its
control interface below /sandbox it can be told to be slow, to fail, to forget, to repeat itself and more (see
behaviour.py).
"""
