"""What reviewers decide about suppliers, certificates and requirements."""

import itertools
import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import organisations
from accounts.enums import MinistryRole
from accounts.organisations import OrganisationStatus, SiretCheck
from core.errors import DomainError, NotPermitted, StaleState
from journal.models import Delivery, Event
from journal.notifications import render
from suppliers import operations
from suppliers.models import Certificate, Requirement, Supplier, SupplierQuerySet


pytestmark = pytest.mark.django_db
REASON = {"reason_code": "INCOMPLETE", "reason_text": "The Kbis is from 2018."}
S = OrganisationStatus


@pytest.fixture
def reviewer(make):
    return make.User(reviewer=True)


@pytest.fixture
def waiting(complete, reviewer):
    """A complete file in the queue, its company called back."""
    supplier, _alice = complete(pending=True)
    return operations.record_call_back(supplier, by=reviewer, note="02 99 …, Mme Roux")


def test_approve_marks_the_number_as_checked_by_hand(waiting, reviewer):
    supplier = operations.approve(waiting, by=reviewer)
    assert supplier.status == S.APPROVED
    assert supplier.siret_check == SiretCheck.MANUAL
    assert supplier.decided_by == reviewer


def test_approve_before_the_call_is_refused(complete, reviewer):
    supplier, _alice = complete(pending=True)
    with pytest.raises(DomainError) as refusal:
        operations.approve(supplier, by=reviewer)
    assert refusal.value.field == "note"


def test_approved_without_a_call_is_refused_by_the_database(waiting, reviewer):
    operations.approve(waiting, by=reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Supplier.objects.filter(pk=waiting.pk).update(called_back_at=None, called_back_by=None)


@pytest.mark.parametrize("role", ["", "ALLOCATOR", "AUDITOR"])
def test_decisions_are_for_reviewers_alone(waiting, make, role):
    person = make.User(ministry_role=role)
    for act in decisions(waiting, person):
        with pytest.raises(NotPermitted):
            act()


def test_decisions_by_a_reviewer_who_is_a_member_are_refused(waiting, make, reviewer):
    make.SupplierMember(supplier=waiting, user=reviewer)
    for act in decisions(waiting, reviewer):
        with pytest.raises(NotPermitted, match="belong"):
            act()


def test_decisions_by_the_platforms_administrator_are_refused(waiting, make):
    boss = make.User(is_superuser=True, ministry_role=MinistryRole.REVIEWER)
    for act in decisions(waiting, boss):
        with pytest.raises(NotPermitted):
            act()


def decisions(supplier, by):
    return [
        lambda: operations.record_call_back(supplier, by=by, note="called"),
        lambda: operations.approve(supplier, by=by),
        lambda: operations.request_changes(supplier, by=by, **REASON),
        lambda: operations.refuse(supplier, by=by, **REASON),
        lambda: operations.suspend(supplier, by=by, **REASON),
        lambda: operations.reinstate(supplier, by=by),
    ]


LEGAL = {
    ("approve", S.PENDING_APPROVAL): S.APPROVED,
    ("request_changes", S.PENDING_APPROVAL): S.CHANGES_REQUESTED,
    ("refuse", S.PENDING_APPROVAL): S.REFUSED,
    ("suspend", S.APPROVED): S.SUSPENDED,
    ("reinstate", S.SUSPENDED): S.APPROVED,
}
VERBS = ["approve", "request_changes", "refuse", "suspend", "reinstate"]


@pytest.mark.parametrize(("verb", "status"), itertools.product(VERBS, S))
def test_decision_from_every_status(make, reviewer, verb, status):
    supplier = make.Supplier(approved=True, status=status, reason_code="OTHER")
    needs_reason = verb in {"request_changes", "refuse", "suspend"}
    operation = getattr(operations, verb)
    if (verb, status) in LEGAL:
        supplier = operation(supplier, by=reviewer, **(REASON if needs_reason else {}))
        assert supplier.status == LEGAL[verb, status]
    else:
        with pytest.raises(StaleState):
            operation(supplier, by=reviewer, **(REASON if needs_reason else {}))
        supplier.refresh_from_db()
        assert supplier.status == status


@pytest.mark.parametrize("verb", ["request_changes", "refuse"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason_code": ""}, "reason_code"),
        ({"reason_code": "MOOD"}, "reason_code"),
        ({"reason_text": "  "}, "reason_text"),
    ],
)
def test_decision_without_reason_is_refused(waiting, reviewer, verb, changes, field):
    with pytest.raises(DomainError) as refusal:
        getattr(operations, verb)(waiting, by=reviewer, **REASON | changes)
    assert refusal.value.field == field


def test_decision_reaches_everyone_of_the_company_with_the_text(waiting, reviewer, make):
    bob = make.SupplierMember(supplier=waiting).user
    gone = make.SupplierMember(supplier=waiting, user__is_active=False).user
    operations.request_changes(waiting, by=reviewer, **REASON)
    event = Event.objects.get(verb="suppliers.changes_requested")
    told = set(Delivery.objects.filter(event=event).values_list("recipient", flat=True))
    assert told == {bob.pk, waiting.members.exclude(user__in=[bob, gone]).get().user_id}
    headline, body = render(event, "en", bob)
    assert headline == f"The ministry asks for changes to the file of {waiting.name}"
    assert "The Kbis is from 2018." in body
    assert "Reason: file incomplete" in body
    assert "/supplier/file/" in body


def test_second_decision_on_a_stale_page_loses(waiting, reviewer, make):
    other = make.User(reviewer=True)
    operations.refuse(waiting, by=other, **REASON)
    with pytest.raises(StaleState):
        operations.approve(waiting, by=reviewer)
    assert Event.objects.about(waiting).filter(verb="suppliers.approved").count() == 0


def test_approve_of_a_file_handed_in_anew_since_it_was_read_loses(waiting, reviewer):
    seen = waiting.submitted_at
    operations.request_changes(waiting, by=reviewer, **REASON)
    alice = waiting.members.get().user
    operations.submit(waiting, by=alice)
    with pytest.raises(StaleState):
        operations.approve(waiting, by=reviewer, seen=seen)
    operations.approve(waiting, by=reviewer)


def test_change_of_identity_voids_the_call(waiting, reviewer):
    operations.request_changes(waiting, by=reviewer, **REASON)
    alice = waiting.members.get().user
    supplier = operations.update(waiting, by=alice, name="Another name")
    assert supplier.called_back_at is None


def test_record_call_back_twice_is_one_call(waiting, reviewer):
    first = waiting.called_back_at
    again = operations.record_call_back(waiting, by=reviewer, note=waiting.call_back_note)
    assert again.called_back_at == first
    assert Event.objects.filter(verb="suppliers.called_back").count() == 1


def test_record_call_back_needs_words(waiting, reviewer):
    with pytest.raises(DomainError) as refusal:
        operations.record_call_back(waiting, by=reviewer, note=" ")
    assert refusal.value.field == "note"


@pytest.mark.parametrize(
    ("before", "accepted", "after"),
    [
        ("PENDING", True, "ACCEPTED"),
        ("PENDING", False, "REJECTED"),
        ("ACCEPTED", False, "REJECTED"),
        ("ACCEPTED", True, None),
        ("REJECTED", True, None),
        ("REJECTED", False, None),
    ],
)
def test_judge_certificate_from_every_status(make, reviewer, before, accepted, after):
    certificate = make.Certificate(status=before)
    alice = make.SupplierMember(supplier=certificate.supplier).user
    if after is None:
        with pytest.raises(StaleState):
            operations.judge_certificate(certificate, by=reviewer, accepted=accepted)
        return
    operations.judge_certificate(certificate, by=reviewer, accepted=accepted)
    certificate.refresh_from_db()
    assert certificate.status == after
    assert Delivery.objects.filter(recipient=alice, channel="EMAIL").count() == 1


def test_judge_certificate_that_has_expired_cannot_accept(make, reviewer):
    certificate = make.Certificate(status="PENDING", expires_on="2020-01-02")
    with pytest.raises(DomainError, match="expired"):
        operations.judge_certificate(certificate, by=reviewer, accepted=True)


def test_judge_certificate_of_ones_own_company_is_refused(make, reviewer):
    certificate = make.Certificate(status="PENDING")
    make.SupplierMember(supplier=certificate.supplier, user=reviewer)
    with pytest.raises(NotPermitted):
        operations.judge_certificate(certificate, by=reviewer, accepted=True)
    assert Certificate.objects.get().status == "PENDING"


def test_change_requirement_is_journaled(requirements, reviewer):
    operations.change_requirement(requirements["kbis"], by=reviewer, is_active=False)
    event = Event.objects.get(verb="suppliers.requirement_changed")
    assert event.payload["changed"] == ["is_active"]
    assert render(event, "en")[0] == "The requirement kbis was changed"
    assert not Requirement.objects.get(code="kbis").is_active


def test_change_requirement_that_nothing_computes_is_refused(requirements, reviewer):
    with pytest.raises(DomainError) as refusal:
        operations.change_requirement(requirements["kbis"], by=reviewer, kind="COMPUTED")
    assert refusal.value.field == "code"


def decide_at_once(supplier, people, first):
    """Every one of `people` approves or refuses at the same moment; how each fared."""
    outcomes = []
    start = threading.Barrier(len(people))

    def decide(number, person):
        start.wait()
        try:
            if (number + first) % 2:
                operations.approve(supplier, by=person)
            else:
                operations.refuse(supplier, by=person, **REASON)
            outcomes.append("won")
        except StaleState:
            outcomes.append("lost")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(number, person))
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.fixture
def eight_reviewers(make):
    return [make.User(reviewer=True) for _each in range(8)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", range(4))
def test_approve_and_refuse_at_once_one_wins(make, eight_reviewers, first):
    supplier = make.Supplier(pending=True)
    operations.record_call_back(supplier, by=eight_reviewers[0], note="called")
    assert decide_at_once(supplier, eight_reviewers, first) == ["lost"] * 7 + ["won"]
    decided = Event.objects.filter(verb__in=["suppliers.approved", "suppliers.refused"])
    supplier.refresh_from_db()
    assert f"suppliers.{supplier.status.lower()}" == decided.get().verb


@pytest.mark.django_db(transaction=True)
def test_approve_and_refuse_at_once_without_the_lock_several_win(
    make, eight_reviewers, monkeypatch
):
    """The control: it is the row lock that makes the test above pass."""
    supplier = make.Supplier(pending=True)
    operations.record_call_back(supplier, by=eight_reviewers[0], note="called")
    monkeypatch.setattr(SupplierQuerySet, "locked", lambda rows: rows)
    decide = organisations.decide

    def decide_slowly(*args, **kwargs):
        decide(*args, **kwargs)
        time.sleep(0.2)

    monkeypatch.setattr(organisations, "decide", decide_slowly)
    assert decide_at_once(supplier, eight_reviewers, 0).count("won") > 1
