"""The kit: what the registry, the template and the page have to say of each provider."""

from pathlib import Path

import pytest

from aftercart.channels import registry
from aftercart.domain.message import ReceiptStatus
from sandbox.cloud.template import Resource
from tests.aftercart.channels.kit import PAGE, SampleMissing, held, sample, shown_on_page
from tests.template.stack import deployed

SENDER = "send-message"


def function(name: str) -> Resource:
    return next(
        each
        for each in deployed().resources.values()
        if each.type == "AWS::Lambda::Function" and each.name.endswith(name)
    )


@pytest.mark.parametrize("provider", registry.FILES)
def test_each_provider_has_a_sample(provider: str) -> None:
    sample(provider)


def test_one_without_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SampleMissing, match=r"sms/aws has no sample: write .*samples/aws_sms\.py"):
        sample("sms/aws", tmp_path)


@pytest.mark.parametrize("provider", registry.FILES)
def test_each_is_registered_as_what_its_file_says(provider: str) -> None:
    entry = registry.entry(provider)
    assert f"{entry.channel}/{entry.name}" == provider
    assert entry.source
    assert entry.hears is (provider not in registry.HEAR_NOBODY)
    assert (entry.best is ReceiptStatus.READ) is (provider in registry.TELL_READ)
    assert registry.names(entry.channel).count(entry.name) == 1


@pytest.mark.parametrize("provider", registry.FILES)
def test_each_setting_is_a_variable_of_the_functions_environment(provider: str) -> None:
    variables = function(SENDER).properties["Environment"]["Variables"]
    assert {name.upper() for name in registry.entry(provider).settings} <= variables.keys()


@pytest.mark.parametrize("provider", registry.FILES)
def test_each_that_speaks_to_us_has_a_route_of_the_template_or_a_topic(provider: str) -> None:
    entry = registry.entry(provider)
    path = f"/{entry.name}/{entry.channel}"
    api = next(each for each in deployed().resources.values() if each.type == "AWS::ApiGatewayV2::Api")
    methods = api.properties["Body"]["paths"].get(path, {}).keys()
    if entry.webhook:
        assert methods == ({"get", "post"} if entry.webhook.challenge else {"post"})
        assert registry.at_path(path) is entry
    else:
        assert not methods
        assert (provider in registry.TOPICS.values()) == bool(sample(provider).receipts)


def test_the_page_registers_the_provider_that_it_shows_whole_in_at_most_seventy_lines() -> None:
    code, line, _ = shown_on_page()
    entry = held(PAGE.name).entry
    assert line.strip().startswith(f'"{entry.channel}/{entry.name}": ')
    imports = ("import", "from", '"')
    assert sum(1 for each in code.splitlines() if each.strip() and not each.startswith(imports)) <= 70
