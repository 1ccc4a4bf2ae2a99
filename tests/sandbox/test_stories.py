"""Twenty stories that only their seeds decide, each on both worlds."""

from typing import Any

import pytest

from sandbox import story

SEEDS = range(20)
STEPS = 16


@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_ends_alike_in_both_worlds_and_leaves_nothing_undone(seed: int) -> None:
    in_memory, lines = story.told(seed, STEPS, memory=True)
    on_aws, same_lines = story.told(seed, STEPS, memory=False)
    assert lines == same_lines
    for part, ending in in_memory.items():
        assert on_aws[part] == ending, part
    assert _left(on_aws) == {}, "\n".join(lines)
    assert _shown_again(on_aws) == [], "\n".join(lines)


def _left(ending: Any) -> dict[str, Any]:
    """What is still under way, owed or given up on when all is quiet."""
    left = {name: found for name, found in ending["pending"].items() if name != "schedules" and found}
    unfinished = [message for message, end in ending["ends"].items() if not end]
    return left | ({"messages": unfinished} if unfinished else {})


def _shown_again(ending: Any) -> list[str]:
    """Messages that went to another channel though a phone had shown them."""
    shown = {(each["id"], each["attempt"]): each["at"] for each in ending["phones"]}
    assert len(shown) == len(ending["phones"]), "an attempt was shown twice"
    return [
        tried["message"]
        for tried in ending["attempts"]
        for (message, ordinal), at in shown.items()
        if message == tried["message"] and ordinal < tried["ordinal"] and at < tried["at"]
    ]


def test_a_story_is_the_same_byte_for_byte_when_it_is_told_again() -> None:
    assert story.told(7, STEPS, memory=False) == story.told(7, STEPS, memory=False)
