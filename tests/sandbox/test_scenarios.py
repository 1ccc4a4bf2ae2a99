"""Every scenario holds; one that does not says where, and what was shown instead."""

import io
import json
import sys
from pathlib import Path

import pytest

from sandbox import cli
from sandbox.scenarios import all_scenarios, played

Output = pytest.CaptureFixture[str]
BEGINS = "story: It is tried.\nat: 2026-11-23T10:12:00+02:00\nacts:\n"


@pytest.mark.parametrize("path", list(all_scenarios()), ids=lambda path: path.stem)
def test_it_holds(path: Path) -> None:
    one = played(path)
    assert [str(each) for each in one.problems] == []
    assert one.story


def test_there_are_some() -> None:
    assert len(list(all_scenarios())) >= 7


@pytest.mark.parametrize(
    ("acts", "says"),
    (
        (
            "  - order: [ZIRVO-A1]\n  - shows: [confirm on viber]\n",
            "5:12: phones showed confirm on whatsapp, not confirm on viber",
        ),
        ("  - order: [ZIRVO-A1]\n  - shows: []\n", "5:12: phones showed confirm on whatsapp, not nothing"),
        ("  - wait: P1D\n  - shows: [confirm on sms]\n", "5:12: phones showed nothing, not confirm on sms"),
        ("  - order: [ZIRVO-A1]\n  - says: Бувайте\n", "5:11: the newest message says: "),
        (
            "  - order: [ZIRVO-A1]\n  - unsaid: {tips: exhausted}\n",
            "5:20: tips: nothing was decided against it, not 'exhausted'",
        ),
        ("  - order: [ZIRVO-A11]\n", "4:12: the catalogue has no sku 'ZIRVO-A11'; did you mean 'ZIRVO-A1'?"),
        ("  - pause: {journey: phone_cure}\n", "4:22: no journey 'phone_cure'; did you mean 'phone_care'?"),
        ("  - parcel: delivered\n", "4:5: there is no order yet"),
        ("  - rate: 4\n", "4:11: nobody has been asked for a rating yet"),
        ("  - rate: 6\n", "4:11: expected less than or equal to 5, not '6'"),
        ("  - ordr: [ZIRVO-A1]\n", "4:5: unknown key 'ordr'; did you mean 'order'?"),
        ("  - wait: 3 days\n", "4:11: expected a duration in weeks"),
        ("  - channels: {whatsapp: sillent}\n", "4:26: 'sillent' is not known here; did you mean 'silent'?"),
        (
            '  - until: {at: "09:00"}\n',
            "4:12: the clock does not go back to 09:00: it is 2026-11-23 10:12 in Kyiv",
        ),
        (
            '  - until: {at: "09:00", days: 400000}\n',
            "4:12: that leads beyond the last year that there is, 2999",
        ),
        ('  - until: {at: "09:00", days: 99999999999}\n', "4:32: expected less than or equal to 400000"),
        ("  - wait: P36525D\n" * 10, "13:11: that leads beyond the last year that there is, 2999"),
        ("  - wait: P9999999D\n", "4:11: expected at most a hundred years, P36525D"),
        (
            "  - order: [ZIRVO-A1]\n  - reply: {on: email, text: Так}\n",
            "5:12: nobody hears what is answered to an e-mail",
        ),
        (
            "  - order: [ZIRVO-A1]\n  - reply: {on: push, text: Так}\n",
            "5:12: a notification cannot be answered",
        ),
        ("  - wait: P1D\n    cancel: order\n", "4:5: one thing at a time: each entry has one key"),
    ),
)
def test_what_does_not_hold_says_where(tmp_path: Path, acts: str, says: str) -> None:
    path = tmp_path / "tried.yaml"
    path.write_text(BEGINS + acts, encoding="utf-8")
    (problem, *_) = played(path).problems
    assert f"tried.yaml:{says}" in str(problem)


def test_who_is_asked_by_e_mail_cannot_answer_with_a_number(tmp_path: Path) -> None:
    path = tmp_path / "tried.yaml"
    anna = 'customer: {name: Anna, phone: "+4915123456789", language: en, country: DE}\nacts:\n'
    acts = (
        "  - channels: {whatsapp: silent}\n  - order: [ZIRVO-A1]\n  - parcel: delivered\n"
        '  - until: {at: "20:00", days: 6}\n  - rate: 4\n'
    )
    path.write_text(BEGINS.replace("acts:\n", anna) + acts, encoding="utf-8")
    (problem,) = played(path).problems
    assert "tried.yaml:9:11: nobody hears what is answered to an e-mail" in str(problem)


@pytest.mark.parametrize("begins", ("0001-01-01T01:12:00+02:00", "3000-01-01T00:00:00Z"))
def test_a_story_begins_when_a_shop_could_tell_of_it(tmp_path: Path, begins: str) -> None:
    path = tmp_path / "tried.yaml"
    path.write_text(BEGINS.replace("2026-11-23T10:12:00+02:00", begins) + "  - wait: P1D\n", "utf-8")
    assert "2:5: expected a time of the years 1971 to 2999" in str(played(path).problems[0])


@pytest.mark.parametrize("phone", ("abc", '"0671234567"', '"+38067"', '"+380 67 123 45 67"'))
def test_a_phone_stands_in_its_international_form(tmp_path: Path, phone: str) -> None:
    path = tmp_path / "tried.yaml"
    path.write_text(
        BEGINS.replace("acts:", f"customer: {{phone: {phone}}}\nacts:") + "  - wait: P1D\n", "utf-8"
    )
    assert '3:19: expected a phone number such as "+380671234567"' in str(played(path).problems[0])


def test_a_time_needs_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "tried.yaml"
    path.write_text(BEGINS.replace("+02:00", "") + "  - wait: P1D\n", encoding="utf-8")
    assert "2:5: expected a time with its offset" in str(played(path).problems[0])


def test_the_command_says_which_hold(tmp_path: Path, capsys: Output) -> None:
    good, bad, past = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "past"))
    good.write_text(BEGINS + "  - wait: P1D\n  - shows: []\n", encoding="utf-8")
    past.write_text(BEGINS + '  - until: {at: "09:00"}\n', encoding="utf-8")
    bad.write_text(BEGINS + "  - wait: P1D\n  - says: x\n", encoding="utf-8")
    assert cli.main(["test", str(good)]) == 0
    assert cli.main(["test", str(past), str(bad), str(good)]) == 3
    out = capsys.readouterr().out
    assert "holds  good: It is tried." in out
    assert "fails  bad: It is tried." in out
    assert "fails  past: It is tried." in out
    assert cli.main(["test", "nowhere.yaml"]) == 1
    assert "there is no file nowhere.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ("ascii", "cp1252", "utf-8"))
def test_a_terminal_without_our_letters_is_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    path = tmp_path / "tried.yaml"
    path.write_text(BEGINS.replace("It is tried.", "Олена é 📱") + "  - wait: P1D\n", encoding="utf-8")
    assert said(["test", str(path)], encoding, monkeypatch).startswith(b"holds  tried: ")
    (one,) = json.loads(said(["test", str(path), "--json"], encoding, monkeypatch))["scenarios"]
    assert one["story"] == "Олена é 📱"


def said(typed: list[str], encoding: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    bytes_of_it = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_of_it, encoding=encoding))
    assert cli.main(typed) == 0
    return bytes_of_it.getvalue()
