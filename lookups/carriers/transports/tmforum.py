"""A carrier whose system is a TMF621 v5 server: we create, note, cancel and close trouble tickets there, and poll them.

Settings of the channel:
  base_url          up to and with the version, "https://tickets.example/tmf-api/troubleTicket/v5"
  timeout           seconds to wait for the next bytes of an answer (15)
  connect_timeout   seconds to connect (5)
  deadline          seconds for everything that one send or poll does (25, at most 40: a claim's lease is longer)
  ca_file           certificate authorities to trust instead of the system's (a carrier with a CA of its own)
The secret of the Address is sent as a bearer token.

TMF621 has no idempotency of its own. We send an Idempotency-Key, but a carrier need not honour it. Hence a ticket is
searched for by our reference before it is sent again after an attempt of which nobody knows how it ended, and if there
turn out to be several, the oldest stays and the others are cancelled. A carrier that ignores the filter gives us all of
its tickets; then we look through them, page by page.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from lookups.carriers.transports import contract, http, verdicts
from lookups.carriers.transports import tmforum_mapping as mapping
from lookups.carriers.transports.contract import Address, CarrierEvent, Envelope, Finding
from lookups.outbox.receipts import DeliveryError, Later, Misconfigured, Receipt, Refused

_PAGE = 100
_MAX_PAGES = 50
_TICKETS = "/troubleTicket"

_STATUS_FOR = {contract.WITHDRAW: "cancelled", contract.CLOSE: "closed"}
_REASON_FOR = {
    contract.WITHDRAW: "Withdrawn by the person who disputed the registration.",
    contract.CLOSE: "The answer was accepted, or the time to object is over.",
}
_DUPLICATE = "Duplicate of another ticket for the same dispute, caused by a lost answer."


class TMForumTransport:
    """TMF621 v5 over HTTPS. Keeps nothing but the address; connections are shared in the process."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def send(self, envelope: Envelope) -> Receipt:
        call = _Call.to(self._address)
        try:
            match envelope.kind:
                case contract.CREATE:
                    return self._create(call, envelope)
                case contract.NOTE | contract.EVIDENCE | contract.ORDER:
                    return self._note(call, envelope)
                case contract.WITHDRAW | contract.CLOSE:
                    return self._move(call, envelope)
                case _:
                    raise Refused("unknown_kind", "This channel does not know this kind of message.")
        except Later as error:
            # An attempt that failed before it reached the carrier tells nothing about the earlier one.
            if envelope.maybe_sent and not error.ambiguous:
                raise Later(error.reason, error.detail, retry_after=error.retry_after, ambiguous=True) from error
            raise
        except mapping.UnreadableTicket as error:
            raise Later("bad_body", str(error), ambiguous=True) from error

    def poll(self, reference: str, remote_id: str) -> list[CarrierEvent]:
        try:
            ticket = self._ticket(_Call.to(self._address), reference, remote_id)
            return [] if ticket is None else [mapping.event_from(ticket)]
        except mapping.UnreadableTicket as error:
            raise Later("bad_body", str(error)) from error

    def check_config(self) -> list[Finding]:
        findings: list[Finding] = []
        for what, check in [(_("Settings"), self._check_settings), (_("Connection and credentials"), self._check_list)]:
            try:
                check()
            except DeliveryError as error:
                return [*findings, Finding(False, what, str(error))]
            findings.append(Finding(True, what))
        return findings

    def _check_settings(self) -> None:
        call = _Call.to(self._address)
        http.check_url(self._address, call.base_url + _TICKETS)
        http.check_limits(self._address.settings)
        if not self._address.secret:
            raise Misconfigured("settings", "There is no token to show to the carrier.")

    def _check_list(self) -> None:
        answer = _Call.to(self._address).get(_TICKETS, {"limit": "1", "fields": "id"})
        if not isinstance(answer, list):
            raise Later("bad_body", "The list of tickets is not a list.")

    # One kind of message each -----------------------------------------------------------------------------------------

    def _create(self, call: "_Call", envelope: Envelope) -> Receipt:
        if envelope.maybe_sent:
            known = self._search(call, envelope.reference, envelope.earlier)
            if known is not None:
                return Receipt(mapping.remote_id_of(known), "found, not sent again")
        headers = {"Idempotency-Key": envelope.idempotency_key}
        response = call.raw("POST", _TICKETS, mapping.ticket_for(envelope), headers)
        if response.status == 409:
            # It has it already, or is at it just now.
            known = self._search(call, envelope.reference, envelope.earlier)
            if known is not None:
                return Receipt(mapping.remote_id_of(known), "the carrier had it already")
        error = verdicts.error_for(response, method="POST")
        if error is not None:
            raise error
        ticket = verdicts.json_of(response)
        if ticket is None and response.status in (202, 204):
            return Receipt(detail="accepted without a ticket id")
        return Receipt(_id_of_ours(ticket, envelope.reference, needed=response.status != 202))

    def _note(self, call: "_Call", envelope: Envelope) -> Receipt:
        ticket = self._known_ticket(call, envelope)
        note = mapping.note_for(envelope)
        notes = mapping.notes_of(ticket)
        for each in notes:
            by_us = envelope.maybe_sent and each.get("author") == mapping.OWNER and each.get("text") == note["text"]
            if each.get("id") == note["id"] or by_us:
                return Receipt(mapping.remote_id_of(ticket), "found, not sent again")
        patch = {"@type": "TroubleTicket", "note": [*notes, note]}
        error = self._patch(call, mapping.remote_id_of(ticket), patch, envelope.idempotency_key)
        if error is not None:
            raise error
        return Receipt(mapping.remote_id_of(ticket))

    def _move(self, call: "_Call", envelope: Envelope) -> Receipt:
        status = _STATUS_FOR[envelope.kind]
        patch = mapping.status_patch(status, str(envelope.payload.get("text") or _REASON_FOR[envelope.kind]))
        remote_id = envelope.remote_id or mapping.remote_id_of(self._known_ticket(call, envelope))
        error = self._patch(call, remote_id, patch, envelope.idempotency_key)
        if error is not None:
            if not isinstance(error, Refused) and error.reason != "http_409":
                raise error
            # The id is wrong, or the ticket cannot be moved, perhaps because it was moved by an earlier attempt.
            ticket = self._known_ticket(call, envelope)
            if mapping.status_of(ticket) == status:
                return Receipt(mapping.remote_id_of(ticket), "found, not sent again")
            if mapping.remote_id_of(ticket) == remote_id:
                raise Refused(error.reason, error.detail or f"The ticket cannot become {status} any more.") from error
            remote_id = mapping.remote_id_of(ticket)
            error = self._patch(call, remote_id, patch, envelope.idempotency_key)
            if error is not None:
                raise error
        return Receipt(remote_id)

    # Finding a ticket -------------------------------------------------------------------------------------------------

    def _known_ticket(self, call: "_Call", envelope: Envelope) -> Mapping[str, Any]:
        ticket = self._ticket(call, envelope.reference, envelope.remote_id, envelope.earlier)
        if ticket is None:
            raise Refused("unknown_ticket", "The carrier has no ticket for this dispute.")
        return ticket

    def _ticket(
        self, call: "_Call", reference: str, remote_id: str, earlier: tuple[str, ...] = ()
    ) -> Mapping[str, Any] | None:
        """By its id if the carrier still knows it under that id and it is ours; else by our reference."""
        if remote_id:
            ticket = call.get(f"{_TICKETS}/{quote(remote_id, safe='')}", missing=True)
            if isinstance(ticket, Mapping) and _is_of(ticket, reference):
                return ticket
        return self._search(call, reference, earlier)

    def _search(self, call: "_Call", reference: str, earlier: tuple[str, ...]) -> Mapping[str, Any] | None:
        """The one ticket of a dispute, `earlier` ones left out. Of several, the oldest that lives; the other living
        ones are cancelled."""
        found: dict[str, Mapping[str, Any]] = {}
        for page in range(_MAX_PAGES):
            query = {"externalIdentifier.id": reference, "offset": str(page * _PAGE), "limit": str(_PAGE)}
            tickets = call.get(_TICKETS, query)
            if not isinstance(tickets, list):
                raise Later("bad_body", "The list of tickets is not a list.", ambiguous=True)
            ours = {_id_of_ours(each, reference): each for each in tickets if _is_of(each, reference, strict=True)}
            found |= {remote_id: each for remote_id, each in ours.items() if remote_id not in earlier}
            if len(tickets) < _PAGE:
                break
        else:
            # Sending again could make a second ticket, so a person has to settle it with the carrier.
            raise Misconfigured(
                "no_filter", "The carrier cannot be searched by our reference: it has too many tickets."
            )
        if not found:
            return None
        living = [each for each in found.values() if mapping.status_of(each) not in ("cancelled", "rejected")]
        if earlier and not living:
            # Duplicates of an earlier ticket, cancelled then.
            return None
        first, *others = sorted(living or found.values(), key=mapping.created_at)
        for other in others if living else []:
            patch = mapping.status_patch("cancelled", _DUPLICATE)
            error = self._patch(call, mapping.remote_id_of(other), patch, f"duplicate-{mapping.remote_id_of(other)}")
            # One that was answered meanwhile stays as it is; a carrier knows which of two answered tickets it meant.
            if error is not None and not isinstance(error, Refused) and error.reason != "http_409":
                raise error
        return first

    def _patch(self, call: "_Call", remote_id: str, patch: dict[str, Any], key: str) -> DeliveryError | None:
        headers = {"Idempotency-Key": key, "Content-Type": "application/merge-patch+json"}
        response = call.raw("PATCH", f"{_TICKETS}/{quote(remote_id, safe='')}", patch, headers)
        return verdicts.error_for(response, method="PATCH")


@dataclass(frozen=True)
class _Call:
    """All requests of one send or poll: they share one deadline."""

    address: Address
    base_url: str
    limits: http.Limits
    until: float

    @classmethod
    def to(cls, address: Address) -> "_Call":
        base_url = address.settings.get("base_url")
        if not isinstance(base_url, str) or not base_url or "?" in base_url:
            raise Misconfigured("settings", "The setting base_url is missing or not a plain address.")
        if not address.secret.isascii() or not address.secret.isprintable():
            raise Misconfigured("settings", "The token has characters that a header cannot have.")
        limits = http.Limits.of(address.settings)
        return cls(address, base_url.rstrip("/"), limits, http.deadline_after(limits.total))

    def raw(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> http.Response:
        return http.exchange(
            self.address,
            method,
            self.base_url + path,
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {self.address.secret}",
                **({} if body is None else {"Content-Type": "application/json"}),
                **(headers or {}),
            },
            body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            until=self.until,
            limits=self.limits,
        )

    def get(self, path: str, query: Mapping[str, str] | None = None, *, missing: bool = False) -> Any:
        """The JSON at `path`; with `missing`, None instead of an error where there is nothing."""
        response = self.raw("GET", path + (f"?{urlencode(query)}" if query else ""))
        if missing and response.status in (404, 410):
            return None
        error = verdicts.error_for(response, method="GET")
        if error is not None:
            raise error
        return verdicts.json_of(response)


def _is_of(ticket: object, reference: str, *, strict: bool = False) -> bool:
    """Whether a ticket is about our dispute. A ticket without any identifier of ours passes unless `strict`."""
    if not isinstance(ticket, Mapping):
        return False
    try:
        return mapping.reference_of(ticket) in ((reference,) if strict else (reference, ""))
    except mapping.UnreadableTicket:
        return False


def _id_of_ours(ticket: object, reference: str, *, needed: bool = True) -> str:
    """The carrier's id of a ticket that has to be ours.

    Raises an ambiguous Later if it is not ours or has no id, and UnreadableTicket.
    """
    if not isinstance(ticket, Mapping):
        raise Later("bad_body", "The answer is not a ticket.", ambiguous=True)
    if not _is_of(ticket, reference):
        raise Later("wrong_ticket", "The carrier answered with the ticket of another dispute.", ambiguous=True)
    remote_id = mapping.remote_id_of(ticket)
    if needed and not remote_id:
        raise Later("bad_body", "The answer has no ticket id.", ambiguous=True)
    return remote_id
