"""The state machine of ``test_any_sequence``: everything that anybody can do to disputes, one act a rule."""

import datetime
import os
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from lookups.carriers.models import Carrier
from lookups.carriers.transports import contract
from lookups.carriers.transports.contract import CarrierEvent
from lookups.disputes import family, findings, handovers, inbox, routing, services, tasks
from lookups.disputes.models import Dispute, Handover, HandoverMessage, Outcome, Reason, Step
from lookups.disputes.moves import MoveRefused
from lookups.disputes.states import OVER, State
from lookups.identity.models import Account
from lookups.outbox.models import MessageState
from lookups.outbox.receipts import Receipt
from lookups.registry.models import Feed, Registration, RegistrationChange
from tests.disputes import soundness

EVIDENCE = {
    "registered_on": "2024-05-02",
    "channel": "outlet",
    "identity_check": "document",
    "document_kind": "identity card",
    "reverification": "called back",
}
UNDO = datetime.timedelta(hours=1)
which = st.integers(0, 5)
outcomes = st.sampled_from(Outcome.values)
named_carriers = st.sampled_from(["", "western", "lotus", "northern", "nobody"])


class World:
    """Who is there; made once, since every sequence is rolled back."""

    def __init__(self, citizen: Account, clerk: Account, officer: Account, registrations: list[Registration]) -> None:
        self.citizen, self.clerk, self.officer, self.registrations = citizen, clerk, officer, registrations
        self.carriers = list(Carrier.objects.order_by("code"))


class Disputes(RuleBasedStateMachine):
    """One sequence, in a transaction that is rolled back at its end."""

    world: World
    taken: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.filed = self.steps = 0
        self._clock = time_machine.travel(datetime.datetime(2026, 9, 24, 9, tzinfo=datetime.UTC), tick=False)
        self.now = self._clock.start()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()

    def teardown(self) -> None:
        try:
            self.everything_can_end()
        finally:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)
            self._clock.stop()

    @initialize(sent=st.sampled_from([True, True, False]))
    def first(self, sent: bool) -> None:
        self.file(0, Reason.NEVER_MINE)
        if sent:
            self.send_now(0)
            self.deliver(arrives=True)

    # The citizen ------------------------------------------------------------------------------------------------------

    @rule(n=which, reason=st.sampled_from(Reason.values), ask_family=st.booleans())
    def file(self, n: int, reason: str, ask_family: bool = False) -> None:
        registration = self.world.registrations[n % len(self.world.registrations)]
        already = Dispute.objects.open().filter(registration_id=registration.pk).exists()
        try:
            services.file(
                registration, account=self.world.citizen, reason=reason, statement="Not me.", ask_family=ask_family
            )
        except services.AlreadyOpen:
            assert already
        else:
            assert not already
            self.filed += 1

    @rule(n=which)
    def cancel(self, n: int) -> None:
        self.act(n, services.cancel, "can_cancel", account=self.world.citizen)

    @rule(n=which)
    def ask_the_family_and_go_on(self, n: int) -> None:
        self.act(n, family.go_on, "asks_family", account=self.world.citizen)

    @rule(n=which)
    def say_more(self, n: int) -> None:
        self.act(n, services.say_more, "can_add_evidence", account=self.world.citizen, text="I was abroad.")

    @rule(n=which)
    def send_now(self, n: int) -> None:
        self.act(n, services.send_now, "can_send_now", account=self.world.citizen)

    @rule(n=which)
    def withdraw(self, n: int) -> None:
        self.act(n, services.withdraw, "can_withdraw", account=self.world.citizen)

    @rule(n=which)
    def reply(self, n: int) -> None:
        self.act(n, services.reply, "can_reply", account=self.world.citizen, text="Here you are.")

    @rule(n=which)
    def accept(self, n: int) -> None:
        self.act(n, services.accept, "can_accept", account=self.world.citizen)

    @rule(n=which)
    def appeal(self, n: int) -> None:
        self.act(n, services.appeal, "can_appeal", account=self.world.citizen, text="Look again.")

    # The carrier's staff, and its system ------------------------------------------------------------------------------

    @rule(n=which)
    def acknowledge(self, n: int) -> None:
        self.act(n, services.acknowledge, "can_acknowledge", by=self.world.clerk)

    @rule(n=which)
    def start_review(self, n: int) -> None:
        self.act(n, services.start_review, "can_review", by=self.world.clerk)

    @rule(n=which)
    def ask(self, n: int) -> None:
        self.act(n, services.ask, "can_ask", by=self.world.clerk, question="When?")

    @rule(n=which, outcome=outcomes, evidence=st.booleans(), named=named_carriers)
    def answer(self, n: int, outcome: str, evidence: bool, named: str) -> None:
        answer = {"outcome": outcome, "answer": "This is why.", "evidence": EVIDENCE if evidence else {}}
        self.act(n, services.decide, "can_answer", by=self.world.clerk, right_carrier=named, **answer)

    @rule(n=which, outcome=outcomes, evidence=st.booleans())
    def answer_late(self, n: int, outcome: str, evidence: bool) -> None:
        answer = {"outcome": outcome, "answer": "Sorry.", "evidence": EVIDENCE if evidence else {}}
        self.act(n, services.answer_late, "can_answer_late", by=self.world.clerk, **answer)

    @rule(
        n=which,
        kind=st.sampled_from(sorted(inbox._STATE_OF)),
        outcome=st.sampled_from(["", "NONSENSE", *Outcome.values]),
        evidence=st.booleans(),
        age=st.sampled_from([0, 0, 0, 1, 72]),
        sender=st.integers(0, 3),
        named=named_carriers,
    )
    def event(self, n: int, kind: str, outcome: str, evidence: bool, age: int, sender: int, named: str) -> None:
        """Of any carrier about any ticket, late, twice, or about what it never had: taken calmly."""
        handover = self.pick(Handover.objects.order_by("dispute__filed_at", "dispute__reference", "hop"), n)
        if handover is None:
            return
        carrier = handover.carrier if sender else self.world.carriers[n % len(self.world.carriers)]
        event = CarrierEvent(
            event_id=str(uuid.uuid4()),
            kind=kind,
            reference=handover.dispute.reference,
            remote_id=handover.remote_id,
            occurred_at=timezone.now() - datetime.timedelta(hours=age),
            outcome=outcome if kind == contract.DECIDED else "",
            message="This is why.",
            evidence=EVIDENCE if evidence else {},
            right_carrier=named,
        )
        before = handover.dispute.state
        reading = inbox.receive(carrier, event)
        with pytest.raises(inbox.Duplicate):
            inbox.receive(carrier, event)
        after = Dispute.objects.get(pk=handover.dispute_id).state
        if reading in ("foreign_ticket", "unknown_ticket"):
            assert after == before
        self.taken[f"event {reading}"] += 1

    # What the portal does ---------------------------------------------------------------------------------------------

    @rule(arrives=st.sampled_from([True] * 5 + [False]))
    def deliver(self, arrives: bool) -> None:
        """A worker takes the next message that is due; the carrier takes it, or it is parked for good."""
        due = HandoverMessage.objects.filter(state=MessageState.DUE, handover__dispute__send_after__lte=timezone.now())
        message = due.order_by("created_at", "position").first()
        if message is None:
            return
        if arrives:
            HandoverMessage.objects.filter(pk=message.pk).update(state=MessageState.SENT, attempts=1)
            handovers.delivered(message, Receipt(remote_id=str(message.handover_id)))
        else:
            HandoverMessage.objects.filter(pk=message.pk).update(state=MessageState.PARKED, attempts=9)
            handovers.parked(message)

    @rule(n=which, to=which)
    def route(self, n: int, to: int) -> None:
        carrier = self.world.carriers[to % len(self.world.carriers)]
        self.act(n, routing.hand_over_again, "can_route", carrier=carrier, by=self.world.officer)

    @rule(n=which, outcome=st.sampled_from([one for one in Outcome.values if one != Outcome.MISROUTED]))
    def rule_on_it(self, n: int, outcome: str) -> None:
        words = {"outcome": outcome, "answer": "So decided.", "evidence": EVIDENCE, "order": "Correct the date."}
        self.act(n, services.rule, "can_rule", by=self.world.officer, **words)

    @rule(hours=st.sampled_from([1, 3, 8, 24, 24, 72, 240]))
    def time_passes(self, hours: int) -> None:
        self.now.shift(datetime.timedelta(hours=hours))

    @rule()
    def tick(self) -> None:
        """What beat does every minute. After it nothing is overdue, no reminder is, and nobody waits for too long."""
        now = timezone.now()
        tasks.escalate_late()
        tasks.check_removals()
        tasks.end_family_waits()
        tasks.forward_misrouted()
        assert not Dispute.objects.running().filter(answer_by__lte=now).exists()
        assert not Dispute.objects.to_remind().filter(remind_at__lte=now).exists()
        assert not Dispute.objects.filter(stopped_until__lte=now).exists()
        assert not Dispute.objects.asking_family().filter(send_after__lte=now).exists()
        assert not Dispute.objects.misrouted().exists()

    @precondition(lambda self: Dispute.objects.filter(gone_by__isnull=False).exists())
    @rule(n=which, listed=st.booleans(), late=st.booleans())
    def feed(self, n: int, listed: bool, late: bool) -> None:
        """The carrier's next feed lists a number, or does not, in time for the proof or before it."""
        if late:
            self.now.shift(datetime.timedelta(days=6))
        registration = self.world.registrations[n % len(self.world.registrations)]
        was_running = Registration.objects.running().filter(pk=registration.pk).exists()
        moment = timezone.now()
        feed = Feed.objects.create(
            carrier=registration.carrier,
            kind="delta",
            state="applied",
            as_of=moment,
            received_at=moment,
            applied_at=moment,
            digest=os.urandom(32),
        )
        ended = None if listed else moment.date()
        Registration.objects.filter(pk=registration.pk).update(status="active" if listed else "ended", ended_on=ended)
        if listed and not was_running:
            RegistrationChange.objects.create(
                registration_id=registration.pk, subject=registration.subject, feed=feed, kind="returned"
            )

    # What holds after each of these -----------------------------------------------------------------------------------

    @invariant()
    def everything_is_sound(self) -> None:
        """Looked at whenever something has left a step; what was refused has left nothing."""
        steps = Step.objects.count()
        if steps != self.steps:
            soundness.check(filed=self.filed)
        self.steps = steps

    # ------------------------------------------------------------------------------------------------------------------

    def everything_can_end(self) -> None:
        """From wherever the sequence has led, each dispute comes to an end by the clock and one act of somebody."""
        for _ in range(4):
            self.now.shift(datetime.timedelta(days=60))
            self.tick()
            soundness.check(filed=self.filed)
            for dispute in Dispute.objects.open():
                if dispute.can_rule:
                    words = {"outcome": Outcome.CANNOT_DETERMINE, "answer": "So decided.", "evidence": {}}
                    services.rule(dispute, by=self.world.officer, **words)
                elif dispute.can_accept:
                    services.accept(dispute, account=self.world.citizen)
        assert set(Dispute.objects.values_list("state", flat=True)) <= OVER

    def act(self, n: int, act: Callable[..., None], able: str, **words: Any) -> None:
        """Do it to one of the disputes: what it says it can, it can; what not, is refused and leaves nothing."""
        dispute = self.dispute(n, able)
        if dispute is None:
            return
        can, before, steps = getattr(dispute, able), dispute.state, dispute.steps.count()
        try:
            act(dispute, **words)
        except findings.EvidenceMissing:
            assert not any(words["evidence"].values())
            self.taken["evidence missing"] += 1
        except MoveRefused:
            assert not self.always_possible(dispute, able, can, words)
            self.taken[f"{able} refused"] += 1
        else:
            assert can
            self.taken[able] += 1
            return
        known = Dispute.objects.get(pk=dispute.pk)
        assert (known.state, known.steps.count()) == (before, steps)

    def always_possible(self, dispute: Dispute, able: str, can: bool, words: dict[str, Any]) -> bool:
        """Whether what the object offered had to work. Two offers may come too late or twice, and say so."""
        if able == "can_cancel":
            return False  # a worker may have begun to send
        return can and not (words.get("outcome") == Outcome.MISROUTED and dispute.state == State.PERSON_NEEDED)

    def dispute(self, n: int, able: str = "") -> Dispute | None:
        """One of the disputes; mostly (``n`` above 1) one that says it can, if there is one."""
        known = list(Dispute.objects.order_by("filed_at", "reference"))
        return self.pick([one for one in known if n > 1 and able and getattr(one, able)] or known, n)

    def pick(self, rows: Any, n: int) -> Any:
        found = list(rows)
        return found[n % len(found)] if found else None
