"""Which browser, in words that fit millions: the family of the browser and of the system, and nothing finer."""

from django.utils.translation import gettext as _

# In this order: Edge and Opera call themselves Chrome too, Chrome calls itself Safari, Android calls itself Linux.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def family(user_agent: str) -> str:
    """``Chrome|Android``; ``|`` alone where nothing is known."""
    return "|".join(next((name for sign, name in known if sign in user_agent), "") for known in (_BROWSERS, _SYSTEMS))


def in_words(kept: str) -> str:
    """The family, as its owner reads it."""
    browser, _sign, system = kept.partition("|")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser we do not know")
