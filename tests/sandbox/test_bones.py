"""Texts of one build are read once, and nothing that is right or wrong with one of them is lost by that."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.consent import Channel
from aftercart.domain.journey import About
from aftercart.texts.compiled import wordings
from sandbox.journeys.bones import bare
from sandbox.journeys.compile import compile_journeys
from sandbox.journeys.reading import Ground, Read, read
from sandbox.journeys.samples import sample_variables
from sandbox.journeys.trying import tried

GROUND = Ground("uk", About.LINE, False, False, True)
OURS = sorted({wording.text for wording in wordings(compile_journeys().texts)})
LIQUID = (
    "{{ product.title }}",
    '{{ product.title | default: "новий телефон" }}',
    '{{ rating | plural: one: "# бал", few: "# бали", many: "# балів", other: "# бала" }}',
    "{% if can_answer %}",
    "{% else %}",
    "{% endif %}",
    "{% for item in order.items %}{{ item.title }}, {% endfor %}",
    '{% assign name = "Олена" %}{{ name | upcase }}',
    "{% capture all %}про все{% endcapture %}{{ all | size }}",
    "{{- link -}}",
    '{{ order.number | default: "без номера" | truncate: 4 }}',
    "{% comment %}не для всіх{% endcomment %}",
    "{% raw %}{{ link }}{% endraw %}",
    "{{ link",
    "{{ lnik }}",
    "{",
    "\ue000",
)
WORDS = st.text(st.sampled_from("Їжа та кіт 12.,«»#'\"\n😀–"), max_size=12)
TEXTS = st.lists(st.sampled_from(LIQUID) | WORDS, max_size=8).map("".join)


def whole(text: Read) -> dict[str, Any]:
    """All that was read, each word in its place again."""
    reading = text.reading
    return {
        "wrong": (reading.faults, reading.is_liquid, reading.names_things, reading.stumble),
        "shown": [*dict.fromkeys(text.shown)],
        "body": text.body,
        "parameters": text.parameters,
        "filled": [*dict.fromkeys(text.filled)],
    }


def by_its_bones(text: str) -> dict[str, Any]:
    return whole(read(text, GROUND))


def as_it_stands(text: str) -> dict[str, Any]:
    return whole(Read(tried(text, GROUND), {}))


@given(TEXTS)
def test_by_its_bones_a_text_reads_as_it_does_by_itself(text: str) -> None:
    assert by_its_bones(text.strip()) == as_it_stands(text.strip())


@pytest.mark.parametrize("text", OURS)
def test_our_own_texts_read_by_their_bones_as_by_themselves(text: str) -> None:
    assert by_its_bones(text) == as_it_stands(text)


def test_texts_that_differ_in_their_words_alone_have_the_same_bones() -> None:
    one, other = (
        bare('Ваш {{ product.title | default: "телефон" }}?'),
        bare('Your {{ product.title | default: "phone" }}!'),
    )
    assert one
    assert other
    assert (one[0], [*other[1].values()]) == (other[0], ["Your", "phone", "!"])


@pytest.mark.parametrize(
    "text",
    (
        "{% capture all %}про все{% endcapture %}{{ all | size }}",
        "{% raw %}{{ link }}{% endraw %}",
        "{% comment %}не для всіх{% endcomment %}",
        "{{ link",
        "Mark \ue000",
        "long " * 2000,
    ),
)
def test_where_words_may_not_come_out_as_they_stand_there_are_no_bones(text: str) -> None:
    assert bare(text) is None


def test_most_of_our_texts_share_their_bones_with_another() -> None:
    bones = {found[0] for text in OURS if (found := bare(text))}
    assert len(bones) < len(OURS) / 2


@pytest.mark.parametrize("answers", (True, False))
@pytest.mark.parametrize("language", ("uk", "en", "de"))
def test_sample_facts_are_the_same_on_any_channel(language: str, answers: bool) -> None:
    """So a text that serves several is tried once."""
    by_channel = [sample_variables(language, answers=answers, channel=channel) for channel in Channel]
    assert by_channel == by_channel[:1] * len(Channel)


@pytest.mark.parametrize("deep", (100, 500, 2000))
def test_liquid_without_an_end_is_told_and_not_thrown(deep: int) -> None:
    for source in (
        f"{{{{ {'order[' * deep}'number'{']' * deep} }}}}",
        f"{{% if {'order.number or ' * deep}link %}}x{{% endif %}}",
        f"{{{{ {10**18} {f'| times: {10**18} ' * deep}}}}}",
    ):
        reading = tried(source, GROUND)
        assert reading.shown or reading.faults or reading.stumble
