"""What can go wrong here, said in one sentence that a person can act on."""


class EmbeddedError(Exception):
    """One of the portal's own servers cannot be used; the text is a whole sentence for whoever typed the command."""
