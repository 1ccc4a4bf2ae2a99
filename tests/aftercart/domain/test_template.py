"""What is known of a template after news of it, in whatever order they come."""

from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.template import Standing, TemplateNews
from tests.builders import NOW

told = st.builds(
    TemplateNews,
    name=st.just("a_v1"),
    language=st.just("uk"),
    at=st.sampled_from([NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)]),
    barred=st.sampled_from([None, "", "paused", "rejected"]),
    category=st.sampled_from(["", "utility", "marketing"]),
)


def after(*news: TemplateNews) -> Standing:
    standing = Standing()
    for each in news:
        standing = standing.after(each)
    return standing


def news(minutes: int = 0, **facts: str) -> TemplateNews:
    return TemplateNews(name="a_v1", language="uk", at=NOW + timedelta(minutes=minutes), **facts)


@given(st.lists(told, max_size=4), st.data())
def test_news_in_any_order_and_number_come_to_the_same(some: list[TemplateNews], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(some), max_size=4)) if some else []
    assert {after(*each, *again) for each in permutations(some)} <= {after(*some)}


def test_the_newest_holds_and_an_approval_lifts_what_barred() -> None:
    paused, approved = news(barred="paused"), news(180, barred="")
    assert after(paused).barred == "paused"
    assert after(paused, approved).barred == after(approved, paused).barred == ""


def test_of_two_at_one_time_the_stricter_holds() -> None:
    assert after(news(barred="paused"), news(barred="")).barred == "paused"
    assert after(news(category="marketing"), news(category="utility")).category == "marketing"


def test_a_status_says_nothing_of_the_category_nor_the_other_way_round() -> None:
    known = after(news(category="marketing"), news(1, barred="paused"), news(2, barred=""))
    assert (known.barred, known.category) == ("", "marketing")
    assert after(news(1, barred="paused"), news(2, category="utility")).barred == "paused"


def test_it_sells_where_its_provider_counts_it_as_marketing_and_we_do_not() -> None:
    standing = after(news(category="marketing"))
    assert standing.sells("utility")
    assert not standing.sells("marketing")
    assert not Standing().sells("utility")
    assert not after(news(category="utility")).sells("marketing")
