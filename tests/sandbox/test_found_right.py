"""What was found right is not read again until something it hangs on changes; a mistake is always found."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from sandbox.commands.check import checked
from sandbox.journeys import found_right, memory
from sandbox.journeys.compile import JOURNEYS
from sandbox.journeys.found_right import Right

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden") / "journeys"
RIGHT = {"mistakes": [], "journeys": 4, "texts": 7, "languages": ["en", "uk"]}
LOADED = """
import sys
from datetime import date
from pathlib import Path
from sandbox.commands.check import checked
found = checked(Path(sys.argv[1]), Path(sys.argv[2]), date(2026, 11, 23))
print(found["mistakes"], *sorted({"liquid", "babel", "pydantic", "moto", "jsonschema"} & set(sys.modules)))
"""


@pytest.fixture
def journeys(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN, tmp_path / "journeys"))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def known(journeys: Path, kept: Path) -> Right:
    return found_right.recalled(journeys, found_right.prints(journeys), TODAY, kept)


def loaded(journeys: Path, kept: Path) -> str:
    """What a process of its own finds, and what it had to load for it."""
    command = [sys.executable, "-c", LOADED, str(journeys), str(kept)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def remember_a_text_more(journeys: Path, kept: Path) -> None:
    """So that it shows whether the folder was read or remembered."""
    assert checked(journeys, kept, TODAY) == RIGHT
    right = known(journeys, kept)
    parts = {**right.parts, "care": replace(right.parts["care"], texts=4)}
    found_right.keep(journeys, found_right.prints(journeys), replace(right, parts=parts), kept)


def test_what_was_found_right_is_told_from_memory(journeys: Path, kept: Path) -> None:
    remember_a_text_more(journeys, kept)
    assert checked(journeys, kept, TODAY) == RIGHT | {"texts": 8}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    (
        ("brand.yaml", "messages: 8", "messages: 9"),
        ("brand.yaml", "09:00-20:00", "10:00-20:00"),
        ("brand.yaml", "news: {whatsapp: PT15M", "news: {whatsapp: PT20M"),
        ("brand.yaml", "a_day:", "tone: {avoid: {en: [guys]}, emoji: false}\na_day:"),
        ("catalogue.yaml", "Zirvo phone", "Zirvo 2 phone"),
        ("parcel/uk.yaml", "{{ order.number }}", "{{ order.number }}!"),
    ),
)
def test_an_edit_reads_no_folder_that_it_cannot_have_broken(
    journeys: Path, kept: Path, file: str, old: str, new: str
) -> None:
    remember_a_text_more(journeys, kept)
    change(journeys / file, old, new)
    assert checked(journeys, kept, TODAY) == RIGHT | {"texts": 8}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    (
        ("brand.yaml", "a_day:", "tone: {avoid: {en: [harge]}}\na_day:"),
        ("brand.yaml", "one_way: [sms]", "one_way: []"),
        ("brand.yaml", "name: Kram", "name: Krama"),
        ("brand.yaml", "a_day:", "support: {hours: {en: 9-18}}\na_day:"),
        ("brand.yaml", "viber: PT4H, sms: PT4H", "sms: PT4H, viber: PT4H"),
        ("catalogue.yaml", "sku: CASE-1", "sku: CASE-2"),
        ("care/journey.yaml", "wait: P3D", "wait: P4D"),
    ),
)
def test_an_edit_reads_each_folder_that_it_may_have_broken(
    journeys: Path, kept: Path, file: str, old: str, new: str
) -> None:
    remember_a_text_more(journeys, kept)
    change(journeys / file, old, new)
    assert checked(journeys, kept, TODAY) == RIGHT


def test_each_part_is_remembered_by_itself(journeys: Path, kept: Path) -> None:
    checked(journeys, kept, TODAY)
    assert set(known(journeys, kept).parts) == {"care", "confirm", "letter", "page", "parcel", "replies"}
    change(journeys / "care" / "en.yaml", "80 percent", "90 percent")
    assert set(known(journeys, kept).parts) == {"confirm", "letter", "page", "parcel", "replies"}
    checked(journeys, kept, TODAY)
    assert set(known(journeys, kept).parts) == {"care", "confirm", "letter", "page", "parcel", "replies"}


def test_nothing_is_loaded_where_nothing_changed_and_no_liquid_where_words_did(
    journeys: Path, kept: Path
) -> None:
    assert loaded(journeys, kept) == "[] babel liquid pydantic"
    assert loaded(journeys, kept) == "[]"
    change(journeys / "care" / "en.yaml", "80 percent", "90 percent")
    assert loaded(journeys, kept) == "[] pydantic"
    change(journeys / "care" / "journey.yaml", "wait: P30D", "wait: P31D")
    assert loaded(journeys, kept) == "[] pydantic"
    change(journeys / "brand.yaml", "messages: 8", "messages: 9")
    assert loaded(journeys, kept) == "[] pydantic"
    change(journeys / "care" / "en.yaml", "Sorry. {% if", "Sorry, {{ customer.first_name }}. {% if")
    assert loaded(journeys, kept) == "[] babel liquid pydantic"


@pytest.mark.parametrize(
    "spoilt",
    (lambda content: b"", lambda content: content[: len(content) // 2], lambda content: content[::-1]),
    ids=("empty", "half", "other"),
)
def test_a_memory_that_is_not_whole_is_as_good_as_none(
    journeys: Path, kept: Path, spoilt: Callable[[bytes], bytes]
) -> None:
    loaded(journeys, kept)
    files = sorted(kept.iterdir())
    assert len(files) == 2
    for file in files:
        file.write_bytes(spoilt(file.read_bytes()))
    assert known(journeys, kept) == found_right.NOTHING
    assert loaded(journeys, kept) == "[] babel liquid pydantic"


def test_what_other_code_has_kept_is_not_recalled(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    memory.keep(file, ["right"])
    assert memory.recalled(file) == ["right"]
    hashed, _, content = file.read_bytes().partition(b"\n")
    assert hashed.decode() != memory.hashed(content.decode())
    file.write_bytes(f"{memory.hashed(content.decode())}\n".encode() + content)
    assert memory.recalled(file) is None


def test_a_mistake_made_after_it_is_found(journeys: Path, kept: Path) -> None:
    checked(journeys, kept, TODAY)
    change(journeys / "care" / "en.yaml", "{{ link }}", "{{ lnik }}")
    found = checked(journeys, kept, TODAY)
    assert {each["what"] for each in found["mistakes"]} >= {"no variable 'lnik'; did you mean 'link'?"}


def test_a_mistake_is_never_remembered(journeys: Path, kept: Path) -> None:
    (journeys / "care" / "uk.yaml").unlink()
    first = checked(journeys, kept, TODAY)
    assert first["mistakes"]
    assert set(known(journeys, kept).parts) == {"confirm", "letter", "page", "parcel", "replies"}
    assert checked(journeys, kept, TODAY) == first


def test_two_that_are_right_by_themselves_are_not_right_together(journeys: Path, kept: Path) -> None:
    checked(journeys, kept, TODAY)
    change(journeys / "parcel" / "en.yaml", "delivered_v1", "help_v1")
    for _ in range(3):
        [mistake] = checked(journeys, kept, TODAY)["mistakes"]
        assert mistake["file"] == "journeys/parcel/en.yaml"
        assert mistake["what"] == "another text is approved as 'help_v1' already"


@pytest.mark.parametrize("name", ("care/de.yaml", "care/.de.yaml", "care/_de.yaml", "care/en/", "empty/"))
def test_every_file_and_folder_of_it_counts(journeys: Path, name: str) -> None:
    before = found_right.prints(journeys)
    if name.endswith("/"):
        (journeys / name).mkdir()
    else:
        (journeys / name).write_text("about: line\n", "utf-8")
    after = found_right.prints(journeys)
    assert after.shared == before.shared
    assert after.parts != before.parts


def test_what_all_share_counts_for_all(journeys: Path) -> None:
    before = found_right.prints(journeys)
    (journeys / "prices.yaml").write_text("as_of: 2026-11-01\n", "utf-8")
    assert found_right.prints(journeys).shared != before.shared


def test_a_campaign_that_was_right_is_looked_at_again_when_its_day_is_over(
    tmp_path: Path, kept: Path
) -> None:
    ours = Path(shutil.copytree(JOURNEYS, tmp_path / "ours"))
    shutil.copytree(ROOT / "docs" / "tutorial" / "spring_cases", ours / "spring_cases")
    over = date(2027, 3, 2)
    assert checked(ours, kept, over)["mistakes"] == []
    [mistake] = checked(ours, kept, over + timedelta(days=1))["mistakes"]
    assert "a wait in the past" in mistake["what"]


def test_another_day_reads_nothing_that_does_not_hang_on_it(journeys: Path, kept: Path) -> None:
    remember_a_text_more(journeys, kept)
    assert checked(journeys, kept, TODAY + timedelta(days=400)) == RIGHT | {"texts": 8}


def test_where_nothing_can_be_kept_it_is_looked_at_each_time(journeys: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert checked(journeys, tmp_path / "file" / "kept", TODAY) == RIGHT


def test_what_cannot_be_read_is_told_and_not_remembered(journeys: Path, kept: Path) -> None:
    checked(journeys, kept, TODAY)
    (journeys / "care" / "en.yaml").unlink()
    (journeys / "care" / "en.yaml").symlink_to("nowhere")
    for _ in range(2):
        [mistake] = checked(journeys, kept, TODAY)["mistakes"]
        assert mistake["shown"] == "journeys/care/en.yaml:1:1: this file is missing"


def nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def itself(path: Path) -> None:
    path.symlink_to(path.name)


def without_end(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "odd", (os.mkfifo, nowhere, itself, without_end, Path.mkdir), ids=lambda each: each.__name__
)
@pytest.mark.parametrize("name", ("care/en.yaml", "care/journey.yaml", "page/en.yaml", "brand.yaml"))
def test_what_is_no_file_is_told_as_missing(
    journeys: Path, kept: Path, name: str, odd: Callable[[Path], None]
) -> None:
    checked(journeys, kept, TODAY)
    (journeys / name).unlink()
    odd(journeys / name)
    for _ in range(2):
        mistakes = checked(journeys, kept, TODAY)["mistakes"]
        assert f"journeys/{name}:1:1: this file is missing" in [each["shown"] for each in mistakes]


@pytest.mark.parametrize("odd", (os.mkfifo, nowhere, itself, without_end), ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", ("spring", "care/notes", "remarks.yaml"))
def test_what_is_neither_file_nor_folder_and_nobody_reads_is_no_mistake(
    journeys: Path, kept: Path, name: str, odd: Callable[[Path], None]
) -> None:
    odd(journeys / name)
    assert checked(journeys, kept, TODAY) == RIGHT
    assert checked(journeys, kept, TODAY) == RIGHT


def test_only_the_newest_are_kept(kept: Path) -> None:
    for number in range(memory.MOST_KEPT + 5):
        memory.keep(kept / f"{number}.json", number)
        os.utime(kept / f"{number}.json", (time.time(), number))
    memory.keep(kept / "last.json", "last")
    assert len([*kept.iterdir()]) == memory.MOST_KEPT
    assert memory.recalled(kept / "last.json") == "last"
    assert memory.recalled(kept / "0.json") is None


def test_checks_at_the_same_time_do_not_disturb_each_other(journeys: Path, kept: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda _: loaded(journeys, kept), range(4))]
    assert {each.split()[0] for each in found} == {"[]"}
    assert loaded(journeys, kept) == "[]"
