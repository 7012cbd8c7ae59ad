"""A citizen says "not mine": filing, handing over to the carrier, its answer, the deadline, and the end.

``services`` are the acts, ``states`` the moves they may make, ``handovers`` what leaves for carriers, ``inbox`` what
comes back. Pages and the console ask the dispute what may be done; they compare no state.
"""
