import signal
import sys
from pathlib import Path

import pytest

from stopcovid.runtime.supervisor import BOLD, COLOURS
from tests.runtime.terminal import survivors


SMALL_STACK = Path(__file__).with_name("small_stack.py")
IN_ORDER = ["started first", "started second", "started third"]
REVERSED = ["stopped third", "stopped second", "stopped first"]


@pytest.fixture
def journal(tmp_path):
    (tmp_path / "journal").touch()
    return tmp_path / "journal"


@pytest.fixture
def start(terminal, journal):
    """Starts three small processes under the supervisor."""

    def _start(*words):
        record = journal.with_name("run.json")
        return terminal([sys.executable, SMALL_STACK, record, journal, *words])

    return _start


def test_supervisor_stops_in_reverse_order_on_ctrl_c(start, journal):
    window = start()
    window.wait_for("all started")
    family = window.family()
    window.press_ctrl_c()
    assert window.wait() == 0
    assert journal.read_text().splitlines() == IN_ORDER + REVERSED
    assert not survivors(family)
    assert "all stopped" in window.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_supervisor_leaves_no_process_after_a_signal(start, journal, number):
    window = start()
    window.wait_for("all started")
    family = window.family()
    window.process.send_signal(number)
    assert window.wait() == 0
    assert journal.read_text().splitlines() == IN_ORDER + REVERSED
    assert not survivors(family)


def test_supervisor_leaves_no_process_when_the_window_closes(start, journal):
    window = start()
    window.wait_for("all started")
    family = window.family()
    window.close()
    window.wait()
    assert journal.read_text().splitlines() == IN_ORDER + REVERSED
    assert not survivors(family)


def test_supervisor_stops_all_when_one_crashes(start, journal):
    window = start("second")
    family = window.family()
    assert window.wait() == 1
    assert "second ended by itself (code 3)" in window.text
    assert journal.read_text().splitlines() == [*IN_ORDER, "stopped third", "stopped first"]
    assert not survivors(family)


def test_supervisor_ends_what_a_killed_one_has_left(start):
    killed = start()
    killed.wait_for("all started")
    orphans = killed.family()[1:]
    killed.process.kill()
    assert len(survivors(orphans, patience=0.2)) == 3
    window = start()
    window.wait_for("swept first,second,third")
    assert not survivors(orphans)


def test_supervisor_names_each_line_in_colour(start):
    window = start()
    window.wait_for("all started")
    for colour, name in zip(COLOURS, ("first", "second", "third"), strict=False):
        assert f"\033[{colour}m{name:<9} | \033[0mhello" in window.text
    assert f"\033[{BOLD}mstopcovid | \033[0mall started" in window.text
