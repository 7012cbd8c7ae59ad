"""Why a feed is not taken as a whole. The text is a sentence for people and carries nothing out of the file's lines."""


class FeedRefused(Exception):
    """Nothing was changed. ``str()`` is the sentence that says why."""
