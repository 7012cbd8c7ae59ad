"""Carriers: the operators, their staff, their channels, and what one of their clerks may see.

How a carrier is reached stands in transports/, one file per kind. The sandbox carrier in sandbox/ is a program of its
own that plays a carrier's system; it shares nothing with the portal but the signatures.
"""
