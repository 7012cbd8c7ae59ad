"""Who signs in: accounts, identity documents, enrolment, second factors, step-up and sessions.

No number of the registry is ever an identifier, a factor or an address here: who holds a number proves nothing.
"""
