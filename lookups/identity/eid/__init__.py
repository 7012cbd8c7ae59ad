"""The national eID, by OpenID Connect: it proves which identity document somebody holds, and signs nobody in.

``provider`` is the only module of this room that may talk to the network. The ID number in the provider's answer
becomes a subject at once; it is neither kept nor logged.
"""
