"""Simulations of the ministry: beside each other, on one frozen snapshot, decided by people."""

import io

import pytest
from django.core.management import CommandError, call_command

from buyers.enums import BuyerKind
from core.errors import DomainError, NotPermitted, StaleState
from journal.models import Event
from orders import rounds
from orders.enums import Basis, RoundStatus
from orders.models import Allocation, Explanation, RoundGroup


def simulated(world, **more):
    return rounds.advance(rounds.simulate(by=world.allocator, **more).pk)


def policy(make, **more):
    return make.Policy(tiers={BuyerKind.PUBLIC_BODY: 1, BuyerKind.HOSPITAL: 2}, **more)


@pytest.fixture
def scene(world):
    """A hospital and an office want more than there is."""
    world.stock = world.offer(scarce=True, on_hand_units=100)
    world.care = world.need(world.hospital(), world.stock.product, 100)
    office = world.hospital(kind=BuyerKind.PUBLIC_BODY)
    world.office = world.need(office, world.stock.product, 100)
    return world


def received(round_):
    """Units by line."""
    _market, outcome = rounds.stored(round_.groups.get())
    return dict(zip(outcome.line.tolist(), outcome.received.tolist(), strict=True))


def line_of(order):
    return order.lines.get().pk


def test_simulation_is_computed_and_changes_nothing(scene):
    done = simulated(scene)
    assert (done.status, done.for_decision, done.allocated_units) == ("SIMULATED", True, 100)
    assert rounds.resume_due() == []
    assert not Allocation.objects.exists()
    assert not Explanation.objects.exists()
    scene.check()


def test_simulations_do_not_hold_up_the_rounds_of_the_clock(scene):
    simulated(scene)
    assert scene.run_round().status == RoundStatus.COMMITTED
    scene.check()


def test_simulation_of_another_policy_on_the_same_snapshot(scene, make):
    first = simulated(scene)
    scene.need(scene.hospital(), scene.stock.product, 100)  # not in the snapshot
    other = simulated(scene, base=first, policy=policy(make, held_back_pct=10))
    assert received(first) == {line_of(scene.care): 100, line_of(scene.office): 0}
    assert received(other) == {line_of(scene.care): 0, line_of(scene.office): 90}
    assert (other.seed, other.lines_count, other.base) == (first.seed, 2, first)


def test_simulation_of_the_same_policy_on_the_same_snapshot_is_the_same(scene):
    first = simulated(scene)
    again = simulated(scene, base=first)
    assert again.snapshot_sha256 == first.snapshot_sha256
    assert again.result_sha256 == first.result_sha256


def test_simulation_by_claim_on_a_snapshot_by_need(world, make):
    offer = world.offer(scarce=True, on_hand_units=300)
    small = world.need(world.hospital(beds=100), offer.product, 400)
    large = world.need(world.hospital(beds=200), offer.product, 200)
    by_need = simulated(world)
    claims = make.Policy(basis=Basis.CLAIM, tiers={})
    by_claim = simulated(world, base=by_need, policy=claims)
    assert received(by_need) == {line_of(small): 100, line_of(large): 200}
    assert received(by_claim) == {line_of(small): 200, line_of(large): 100}


def test_simulate_asks_for_an_allocator_something_to_share_and_a_frozen_base(world, make, scene):
    with pytest.raises(NotPermitted):
        rounds.simulate(by=make.User(auditor=True))
    draft = rounds.simulate(by=world.allocator)
    with pytest.raises(StaleState):
        rounds.simulate(by=world.allocator, base=draft)


def test_simulate_needs_a_waiting_line(world):
    with pytest.raises(DomainError):
        rounds.simulate(by=world.allocator)


def test_allocator_puts_a_simulation_into_force(scene):
    done = simulated(scene)
    rounds.put_into_force(done, by=scene.allocator)
    assert rounds.resume_due() == [done.pk]
    done.refresh_from_db()
    assert (done.status, done.decided_by) == (RoundStatus.COMMITTED, scene.allocator)
    assert scene.care.lines.get().allocated_units == 100
    decided = Event.objects.get(verb="orders.round_decided")
    assert (decided.actor, decided.payload["sha256"]) == (scene.allocator, done.result_sha256)
    scene.check()


def test_large_simulation_takes_a_second_person(scene, make, settings):
    settings.ROUND_SECOND_PERSON_UNITS = 99
    done = simulated(scene)
    with pytest.raises(NotPermitted, match="99"):
        rounds.put_into_force(done, by=scene.allocator)
    rounds.put_into_force(done, by=make.User(allocator=True))
    assert rounds.advance(done.pk).status == RoundStatus.COMMITTED


def test_simulation_waits_while_another_round_runs(scene):
    done = simulated(scene)
    rounds.open_round(trigger="MINISTRY", by=scene.allocator)
    with pytest.raises(StaleState):
        rounds.put_into_force(done, by=scene.allocator)
    done.refresh_from_db()
    assert (done.for_decision, done.decided_by) == (True, None)


def test_simulation_that_a_round_has_overtaken_is_computed_again_and_waits(scene):
    done = simulated(scene)
    scene.run_round()
    rounds.put_into_force(done, by=scene.allocator)
    waiting = rounds.advance(done.pk)
    assert (waiting.status, waiting.for_decision) == (RoundStatus.SIMULATED, True)
    moved = Event.objects.get(verb="orders.round_moved")
    assert str(line_of(scene.care)) in moved.payload["why"]
    assert waiting.allocated_units == 0
    scene.check()


def test_discarded_simulation_is_over(scene):
    done = rounds.discard(simulated(scene), by=scene.allocator)
    assert done.status == RoundStatus.DISCARDED
    for decide in (rounds.discard, rounds.put_into_force):
        with pytest.raises(StaleState):
            decide(done, by=scene.allocator)


@pytest.mark.parametrize("decide", [rounds.discard, rounds.put_into_force])
def test_only_allocators_decide_and_only_about_simulations(scene, make, decide):
    done = simulated(scene)
    with pytest.raises(NotPermitted):
        decide(done, by=make.User(auditor=True))
    with pytest.raises(StaleState):
        decide(scene.run_round(), by=scene.allocator)


# --- replay ---------------------------------------------------------------------------------


def replay(*args):
    out = io.StringIO()
    call_command("replay_round", *args, stdout=out)
    return out.getvalue()


def test_replay_gives_the_same_result_from_the_stored_inputs(scene):
    done = scene.run_round()
    told = replay(done.pk)
    assert "UNEQUAL" not in told
    assert told.count("equal") == 2
    assert str(done.pk) in replay("--all")


def test_replay_finds_a_result_that_is_not_of_its_input(scene):
    first, other = simulated(scene), simulated(scene)
    stored = other.groups.get()
    RoundGroup.objects.filter(round=first).update(input=stored.input)  # another seed
    RoundGroup.objects.filter(round=first).update(outcome_sha256="0" * 64)
    with pytest.raises(SystemExit) as end:
        replay(first.pk)
    assert end.value.code == 1


@pytest.mark.parametrize("args", [(), (4711,)])
def test_replay_of_nothing_is_an_error(db, args):
    with pytest.raises(CommandError) as error:
        replay(*args)
    assert error.value.returncode == 2
