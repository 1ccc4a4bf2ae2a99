from tests.docs.providers_table import PAGE, page


def test_the_page_of_providers_is_what_the_registry_and_the_samples_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: python -m tests.docs.providers_table"
