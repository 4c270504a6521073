"""The command line without a database: answers, exit codes, and what is left untouched."""

import io
import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from orders.allocation.solving import solve
from orders.management.commands import allocate
from tests.allocation.instance_files import FILES, changed, write


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "instance").mkdir()
    return write(tmp_path / "instance")


def run(folder, *options, out="out.csv"):
    """Exit code of the command as a shell would see it."""
    argv = ["manage.py", "allocate", str(folder), "--out", str(folder.parent / out), *options]
    try:
        allocate.Command().run_from_argv(argv)
    except SystemExit as end:
        return end.code
    return 0


def answers(folder):
    return {
        path.name: path.read_bytes().decode() for path in folder.parent.iterdir() if path.is_file()
    }


def all_files(folder):
    names = ("targets", "fractional", "reasons")
    return [f"--{name}={folder.parent / name}.csv" for name in names]


def test_an_instance_is_shared_out_into_files(folder, capsys):
    assert run(folder, *all_files(folder)) == 0
    told = capsys.readouterr()
    assert told.out == "2016 of 2020 units to 3 of 3 lines\n"
    assert told.err.splitlines() == [
        f"reading {folder}",
        "sharing out 3 offers to 3 lines",
        "checking",
        "writing",
    ]
    found = answers(folder)
    assert found["out.csv"] == "line_id,offer_id,qty\n0,0,900\n0,1,500\n1,4,36\n7,0,580\n"
    assert found["targets.csv"].startswith("line_id,target\n0,")
    assert found["fractional.csv"].startswith("line_id,offer_id,qty\n0,")
    assert "\n1,pack," in found["reasons.csv"]


def test_the_order_of_the_rows_changes_no_byte(folder):
    assert run(folder, *all_files(folder)) == 0
    before = answers(folder)
    turned = {
        name: "\n".join([text.splitlines()[0], *reversed(text.splitlines()[1:])])
        for name, text in FILES.items()
    }
    write(folder, turned)
    assert run(folder, *all_files(folder)) == 0
    assert answers(folder) == before


def test_a_terminal_sees_a_bar(folder):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    call_command(
        "allocate", folder, out=folder.parent / "out.csv", stderr=terminal, stdout=io.StringIO()
    )
    bar = f"[{'#' * 15}{' ' * 15}] 1 of 2 groups: GELS"
    assert f"{allocate.CLEAR}{bar}{allocate.CLEAR}checking\n" in terminal.getvalue()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (changed("lines.csv", ",1400,", ",0,"), "lines.csv, line 2, wanted: must be from 1"),
        ({"offers.csv": None}, "offers.csv, file: cannot be read: No such file"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_the_old_answer(folder, capsys, changes, told):
    (folder / "offers.csv").unlink()
    write(folder, changes)
    (folder.parent / "out.csv").write_text("old")
    assert run(folder, *all_files(folder)) == 2
    error = capsys.readouterr().err
    assert f"CommandError: {told}" in error
    assert "Traceback" not in error
    assert answers(folder) == {"out.csv": "old"}


def test_floors_above_supply_end_with_2_and_the_largest_part_that_can_be_met(folder, capsys):
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"floors": [{"who": {"tier": [3]}, "fraction": 1}]}))
    assert run(folder, f"--policy={rules}") == 2
    error = capsys.readouterr().err
    assert "policy, floors: cannot all be met" in error
    assert "group GELS: 0.900000" in error


def test_a_policy_that_is_refused_ends_with_2(folder, capsys):
    rules = folder / "rules.json"
    rules.write_text('{"held_back": 2}')
    assert run(folder, f"--policy={rules}") == 2
    assert "rules.json, held_back: must be from 0 to 1, not 2" in capsys.readouterr().err


def test_what_stays_out_of_the_sharing_is_said(folder, capsys):
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"reserves": [{"name": "a", "share": 1, "who": {"tier": [4]}}]}))
    write(folder, changed("offers.csv", "36,12,0,0", "36,12,0,6"))
    assert run(folder, f"--policy={rules}") == 0
    error = capsys.readouterr().err
    assert "note: 1 offer(s) stay out, a first step is above the limit per buyer: 4" in error
    assert "note: policy, reserves[0].who: matches no line" in error


@pytest.mark.parametrize("name", ["missing/out.csv", "instance", "reasons.csv"])
def test_a_place_that_cannot_take_the_answer_ends_with_2_at_once(folder, capsys, name):
    assert run(folder, *all_files(folder), out=name) == 2
    assert "reading" not in capsys.readouterr().err
    assert answers(folder) == {}


def test_a_missing_option_ends_with_2(folder):
    with pytest.raises(SystemExit) as end:
        allocate.Command().run_from_argv(["manage.py", "allocate", str(folder)])
    assert end.value.code == 2


def spoilt(market, progress):
    """An answer that gives a line one unit more than the packs allow."""
    outcome = solve(market)
    units = outcome.shares.units + 1
    return replace(outcome, shares=replace(outcome.shares, units=units))


def test_an_answer_that_breaks_a_rule_ends_with_1_and_is_not_written(folder, capsys, monkeypatch):
    monkeypatch.setattr(allocate, "solve", spoilt)
    assert run(folder) == 1
    error = capsys.readouterr().err
    assert "pack: line 0, offer 0" in error
    assert "CommandError: the answer broke a rule; nothing is written" in error
    assert answers(folder) == {}


def test_an_error_reaches_python_callers(folder):
    write(folder, changed("lines.csv", ",75,", ",99,"))
    with pytest.raises(CommandError, match="unknown department"):
        call_command("allocate", folder, out=folder.parent / "out.csv", stderr=io.StringIO())
