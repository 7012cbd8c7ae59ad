"""Adding carriers and setting up how they are reached. What is wrong is said before anything is written."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lookups.carriers import signatures
from lookups.carriers.models import Carrier, Channel
from lookups.carriers.transports import KINDS, SETTINGS, http
from lookups.outbox.receipts import Misconfigured


class SetupRefused(ValueError):
    """What was asked for does not fit; the sentence says why. Nothing was written."""


def find_carrier(code: str) -> Carrier:
    """The carrier with this code; raises SetupRefused with those that there are."""
    carrier = Carrier.objects.select_related("host").filter(code=code).first()
    if carrier is None:
        known = ", ".join(Carrier.objects.order_by("code").values_list("code", flat=True)) or _("none yet")
        raise SetupRefused(_("There is no carrier “%(code)s”; there are: %(known)s.") % {"code": code, "known": known})
    return carrier


def add_carrier(code: str, name: str, *, host: str = "") -> Carrier:
    """A new carrier; with ``host`` (a code), a reseller whose disputes that carrier answers."""
    answering = find_carrier(host) if host else None
    if answering is not None and answering.host_id:
        raise SetupRefused(_("%s is a reseller itself: name the operator that answers for it.") % answering.name)
    carrier = Carrier(code=code, name=name, host=answering)
    try:
        carrier.full_clean()
    except ValidationError as error:
        raise SetupRefused(" ".join(error.messages)) from None
    carrier.save(force_insert=True)
    return carrier


@transaction.atomic
def set_channel(
    code: str,
    *,
    kind: str = "",
    settings: Mapping[str, str] | None = None,
    token: str = "",
    webhook_secret: str = "",
    rotate: bool = False,
) -> Channel:
    """Create or change the channel of a carrier; what is not given stays as it is.

    ``settings`` are as typed; an empty value takes a setting away. A new ``base_url`` allows its host and no other,
    unless ``allowed_hosts`` is given as well. With ``rotate`` the present webhook secret stays in force beside the new
    one; without, it ends at once, as a secret that leaked must.
    """
    carrier = find_carrier(code)
    if carrier.host is not None:
        raise SetupRefused(_("%(name)s has no channel: %(host)s answers its disputes.") % _names(carrier))
    channel = Channel.objects.select_for_update().filter(carrier=carrier).first()
    is_new = channel is None
    if channel is None:
        channel = Channel(carrier=carrier)
    _set_settings(channel, kind or channel.kind, settings or {})
    if token:
        channel.token = token
    if webhook_secret:
        _set_webhook_secret(channel, webhook_secret, rotate=rotate)
    elif rotate:
        raise SetupRefused(_("A rotation needs a new webhook secret."))
    _judge(channel)
    if is_new:
        channel.save(force_insert=True)
    else:
        channel.save(update_fields=["kind", "settings", "token", "webhook_secret", "previous_webhook_secret"])
    return channel


def _names(carrier: Carrier) -> dict[str, object]:
    return {"name": carrier, "host": carrier.host}


def _set_settings(channel: Channel, kind: str, typed: Mapping[str, str]) -> None:
    if kind not in KINDS:
        raise SetupRefused(
            _("There is no kind of channel “%(kind)s”; there are: %(known)s.")
            % {"kind": kind, "known": ", ".join(KINDS)}
        )
    known = SETTINGS[kind]
    # Settings of another kind mean nothing to this one.
    result: dict[str, Any] = dict(channel.settings) if kind == channel.kind else {}
    for name, text in typed.items():
        if name not in known:
            raise SetupRefused(
                _("A channel of the kind “%(kind)s” has no setting “%(name)s”; there are: %(known)s.")
                % {"kind": kind, "name": name, "known": ", ".join(known) or _("none")}
            )
        if text:
            result[name] = _read(name, text, known[name])
        else:
            result.pop(name, None)
    if "base_url" in typed and not typed.get("allowed_hosts"):
        result["allowed_hosts"] = _host_of(typed["base_url"])
    channel.kind, channel.settings = kind, result


def _read(name: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError:
        raise SetupRefused(_("The setting “%s” does not have such a value.") % name) from None


def _host_of(url: str) -> list[str]:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return [host] if host else []


def _set_webhook_secret(channel: Channel, secret: str, *, rotate: bool) -> None:
    if rotate and not channel.webhook_secret:
        raise SetupRefused(_("There is no webhook secret to rotate yet: set a first one."))
    try:
        signatures.sign(secret, message_id="check", timestamp=0, body=b"")
    except ValueError:
        raise SetupRefused(_("The webhook secret has to be “whsec_” and base64 of 24 to 64 bytes.")) from None
    channel.previous_webhook_secret = channel.webhook_secret if rotate else None
    channel.webhook_secret = secret


def _judge(channel: Channel) -> None:
    """What can be said of a channel without the network."""
    if "base_url" not in SETTINGS[channel.kind]:
        return
    address = channel.address()
    if not address.settings.get("base_url"):
        raise SetupRefused(_("The setting “%s” is missing.") % "base_url")
    if not address.secret.isascii() or not address.secret.isprintable():
        raise SetupRefused(_("The token has characters that a header cannot have."))
    try:
        http.check_url(address, address.settings["base_url"])
        http.check_limits(address.settings)
    except Misconfigured as error:
        raise SetupRefused(error.detail) from None
