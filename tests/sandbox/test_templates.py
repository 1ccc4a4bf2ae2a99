"""`aftercart templates`: what differs, what is submitted, how each stands; and a deployment stopped by it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.awsrequest import AWSResponse
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from aftercart.texts.compiled import load_templates
from sandbox import cli
from sandbox.build import before_deploy
from sandbox.commands import templates
from sandbox.commands.remote import Remote
from sandbox.commands.terminal import Ink, UserError
from sandbox.fakes import FakeAwsError, FakeProviders
from sandbox.fakes.carrier import Account
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.plan import deployed
from sandbox.sandbox import compiled
from sandbox.shop_settings import LINK_BASE, SECRETS
from sandbox.templates import reached
from sandbox.templates.known import Refused
from sandbox.templates.reached import Reached
from sandbox.templates.social import SocialTemplates
from sandbox.templates.wanted import definition, wanted
from tests.sandbox.approving import AT, SECRET, Aws, served
from tests.sandbox.pictures import png

Json = Any
Output = pytest.CaptureFixture[str]
ACCOUNT = Account()


@pytest.fixture
def url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))


def change(source: Path, file: str, before: str, after: str) -> None:
    path = source / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def run(capsys: Output, url: str, what: str, *more: str, code: int = 0) -> Json:
    assert cli.main(["templates", what, "--to", url, "--json", *more]) == code
    return json.loads(capsys.readouterr().out)


def told(capsys: Output, url: str, what: str, *more: str, code: int = 0) -> str:
    assert cli.main(["templates", what, "--to", url, *more]) == code
    return capsys.readouterr().out


def meta_has(url: str, **facts: str) -> None:
    Remote(url).post("/sandbox/templates", {"name": "order_confirmed_v1", "language": "uk", **facts})


def rows(found: Json, name: str) -> list[Json]:
    return [each for each in found["templates"] if each["name"] == name]


def test_where_nothing_differs_it_is_said(url: str, capsys: Output) -> None:
    number = len(wanted(compile_journeys(), LINK_BASE))
    assert told(capsys, url, "diff") == f"Nothing differs: {number} templates, at meta.\n"
    assert told(capsys, url, "push") == f"Nothing to do: {number} templates, at meta.\n"


def test_what_is_missing_what_differs_and_what_nobody_uses_is_told(
    url: str, source: Path, capsys: Output
) -> None:
    change(source, "order_confirmation/en.yaml", "order_confirmed_v1", "order_confirmed_v2")
    change(source, "delivery/en.yaml", "is running late. We are sorry", "is late. We are sorry")
    change(source, "phone_care/en.yaml", "Write a review", "Say how it is")
    meta_has(url, category="MARKETING")
    found = run(capsys, url, "diff", "--journeys", str(source), code=3)
    (missing,) = rows(found, "order_confirmed_v2")
    assert (missing["what"], missing["texts"]) == ("missing", ["order_confirmation.confirm"])
    (body,) = rows(found, "parcel_delayed_v1")
    assert (body["what"], body["language"]) == ("body", "en")
    assert "is late." in body["here"]
    assert "is running late." in body["there"]
    (buttons,) = rows(found, "phone_review_v1")
    assert buttons["here"] == f"[Say how it is] {LINK_BASE}/m/{{{{1}}}}"
    category, unused = rows(found, "order_confirmed_v1")
    assert (category["what"], category["here"], category["there"]) == ("category", "utility", "marketing")
    assert (unused["what"], unused["language"], unused["finding"]) == ("unused", "en", False)


def test_what_no_journey_uses_alone_is_no_finding(url: str, source: Path, capsys: Output) -> None:
    shutil.rmtree(source / "phone_care")
    assert "phone_tip_v1 (uk): no journey uses it" in told(capsys, url, "diff", "--journeys", str(source))


def test_what_is_missing_is_submitted_once_and_approved_after_its_review(
    url: str, source: Path, capsys: Output
) -> None:
    for language in ("uk", "ru", "en"):
        change(source, f"order_confirmation/{language}.yaml", "order_confirmed_v1", "order_confirmed_v2")
    args = ("--journeys", str(source))
    dry = run(capsys, url, "push", *args, "--dry-run")
    assert [row["done"] for row in dry["templates"]] == ["would_create"] * 3
    assert dry["templates"][2]["request"]["components"][0]["example"]["body_text"][0]
    assert [row["done"] for row in run(capsys, url, "push", *args)["templates"]] == ["created"] * 3
    assert run(capsys, url, "push", *args)["templates"] == []
    standing = rows(run(capsys, url, "status", *args, code=3), "order_confirmed_v2")
    assert {row["status"] for row in standing} == {"PENDING"}
    Remote(url).post("/sandbox/clock", {"advance": "PT10M"})
    run(capsys, url, "status", *args)
    run(capsys, url, "diff", *args)


def test_a_text_that_changed_under_an_approved_name_is_not_submitted_but_told(
    url: str, source: Path, capsys: Output
) -> None:
    change(source, "delivery/en.yaml", "is running late. We are sorry", "is late. We are sorry")
    said = told(capsys, url, "push", "--journeys", str(source), code=3)
    assert said.startswith("changed parcel_delayed_v1 (en): ")
    assert said.endswith("call it parcel_delayed_v2\n")
    (body,) = rows(run(capsys, url, "diff", "--journeys", str(source), code=3), "parcel_delayed_v1")
    assert "is running late." in body["there"]


def show_an_image(source: Path) -> None:
    named = "    template: order_confirmed_v1\n"
    image = "    image: https://kram.example/parcel.jpg\n"
    change(source, "order_confirmation/en.yaml", named, named + image)


def test_a_template_with_an_image_differs_from_one_without_and_wants_an_example(
    url: str, source: Path, capsys: Output
) -> None:
    show_an_image(source)
    (differs,) = run(capsys, url, "diff", "--journeys", str(source), code=3)["templates"]
    assert (differs["what"], differs["here"], differs["there"]) == (
        "image",
        "with an image",
        "without an image",
    )
    assert "another image than the provider has" in told(
        capsys, url, "push", "--journeys", str(source), code=3
    )
    change(source, "order_confirmation/en.yaml", "order_confirmed_v1", "order_confirmed_v2")
    (pushed,) = run(capsys, url, "push", "--journeys", str(source), code=3)["templates"]
    assert (pushed["done"], pushed["name"]) == ("needs_image", "order_confirmed_v2")
    assert pushed["why"].endswith("name a picture with --image")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    made = tmp_path / "parcel.png"
    made.write_bytes(png(size=80_000))
    return made


def test_a_template_with_an_image_is_submitted_with_an_example_that_was_uploaded(
    url: str, source: Path, picture: Path, capsys: Output
) -> None:
    show_an_image(source)
    change(source, "order_confirmation/en.yaml", "order_confirmed_v1", "order_confirmed_v2")
    args = ("--journeys", str(source), "--image", str(picture))
    (dry,) = run(capsys, url, "push", *args, "--dry-run")["templates"]
    header = dry["request"]["components"][0]
    assert (header["type"], header["format"]) == ("HEADER", "IMAGE")
    assert header["example"] == {"header_handle": [f"<Meta's handle of {picture}>"]}
    (pushed,) = run(capsys, url, "push", *args)["templates"]
    assert (pushed["done"], pushed["name"]) == ("created", "order_confirmed_v2")
    assert run(capsys, url, "push", *args)["templates"] == []
    assert rows(run(capsys, url, "diff", *args[:2]), "order_confirmed_v2") == []


def test_a_picture_that_meta_would_not_take_is_told_and_the_rest_is_submitted(
    url: str, source: Path, tmp_path: Path, capsys: Output
) -> None:
    show_an_image(source)
    change(source, "order_confirmation/en.yaml", "order_confirmed_v1", "order_confirmed_v2")
    change(source, "delivery/en.yaml", "parcel_ready_v1", "parcel_ready_v2")
    picture = tmp_path / "parcel.png"
    picture.write_bytes(png(bits=16))
    args = ("--journeys", str(source), "--image", str(picture))
    refused, created = run(capsys, url, "push", *args, code=3)["templates"]
    assert (refused["name"], refused["done"]) == ("order_confirmed_v2", "refused")
    assert refused["why"].startswith("'parcel.png' is not RGB of 8 bits")
    assert (created["name"], created["done"]) == ("parcel_ready_v2", "created")


def test_what_meta_refuses_is_told_and_the_rest_is_submitted(url: str, source: Path, capsys: Output) -> None:
    words = (
        "Your order {{ order.number }} is with you. Thank you for choosing us, and enjoy! "
        "If anything is wrong, just write here."
    )
    change(source, "delivery/en.yaml", words, "No {{ order.number }}: {{ order.number }}.")
    change(source, "delivery/en.yaml", "parcel_delivered_v1", "parcel_delivered_v2")
    change(source, "delivery/en.yaml", "parcel_ready_v1", "parcel_ready_v2")
    refused, created = run(capsys, url, "push", "--journeys", str(source), code=3)["templates"]
    assert (refused["name"], refused["done"]) == ("parcel_delivered_v2", "refused")
    assert refused["why"].startswith("Parameters to words ratio exceeded: ")
    assert refused["why"].endswith("(100/2388293)")
    assert (created["name"], created["done"]) == ("parcel_ready_v2", "created")


def test_each_in_use_is_shown_as_it_stands(url: str, capsys: Output) -> None:
    found = run(capsys, url, "status")
    assert {row["status"] for row in found["templates"]} == {"APPROVED"}
    assert len(found["templates"]) == found["in_use"] == len(load_templates(compiled()))
    meta_has(url, status="PAUSED", quality="RED")
    said = told(capsys, url, "status", code=3)
    assert "PAUSED order_confirmed_v1 (uk): utility, quality RED\n" in said
    meta_has(url, status="APPROVED", category="MARKETING")
    said = told(capsys, url, "status", code=3)
    assert "APPROVED order_confirmed_v1 (uk): utility, counted as marketing" in said


def test_what_meta_says_of_a_template_reaches_the_stack(url: str) -> None:
    meta_has(url, status="PAUSED")
    Remote(url).post("/sandbox/clock", {"advance": "PT1M"})
    with pytest.raises(UserError, match="there is no template 'order_v9'"):
        Remote(url).post("/sandbox/templates", {"name": "order_v9", "language": "uk", "status": "PAUSED"})
    with pytest.raises(UserError, match="expected one of status, category, quality"):
        Remote(url).post("/sandbox/templates", {"name": "order_confirmed_v1", "language": "uk"})


def test_without_a_sandbox_it_says_how_to_start_one(capsys: Output) -> None:
    assert cli.main(["templates", "status", "--to", "http://127.0.0.1:1"]) == 1
    assert "start one with: aftercart dev" in capsys.readouterr().err


def test_wrong_usage_is_told(capsys: Output) -> None:
    for typed in (["templates"], ["templates", "pull"], ["templates", "diff", "--dry-run"]):
        with pytest.raises(SystemExit) as left:
            cli.main(typed)
        assert left.value.code == 2
    for what in ("diff", "push", "status"):
        with pytest.raises(SystemExit):
            cli.main(["templates", what, "--help"])
        assert f"example: aftercart templates {what}" in capsys.readouterr().out


def test_a_brand_without_whatsapp_has_no_templates_and_turbosms_keeps_its_own(
    url: str, source: Path, capsys: Output
) -> None:
    made = compile_journeys()
    assert reached.in_sandbox(url, made.brand).by_hand == []
    found = {"templates": [], "providers": [], "in_use": 0, "by_hand": ["viber/turbosms"]}
    said = templates.written_status(found, Ink(False))
    assert said.splitlines()[0] == "The brand sends no WhatsApp: there are no templates to ask for."
    assert "viber/turbosms: its templates are registered by hand" in said


# Through AWS.


class AwsSide:
    """botocore's own client, which checks what it is given, with the fakes where the network would be."""

    def __init__(self, fakes: FakeProviders) -> None:
        self._fakes, self._given = fakes, dict[str, Any]()
        session: Any = Session()
        session.set_credentials("SANDBOX", "sandbox")
        self.client = session.create_client("socialmessaging", region_name="eu-central-1")
        events = self.client.meta.events
        events.register("before-parameter-build.*.*", self._keep)
        events.register("before-call.*.*", self._answer)

    def _keep(self, params: Mapping[str, Any], **_: Any) -> None:
        self._given = dict(params)

    def _answer(self, model: Any, **_: Any) -> tuple[AWSResponse, Json]:
        try:
            found = self._fakes.call("socialmessaging", model.name, self._given)
            return AWSResponse("", 200, {}, BytesIO()), found  # type: ignore[arg-type]
        except FakeAwsError as refusal:
            error = {"Error": {"Code": refusal.code, "Message": refusal.message}}
            return AWSResponse("", refusal.status, {}, BytesIO()), error  # type: ignore[arg-type]


@pytest.fixture
def aws() -> Reached:
    fakes = FakeProviders(
        now=lambda: AT,
        deliver=lambda emitted: None,
        after=lambda wait, callback: None,
        secrets={},
        templates=load_templates(compiled()),
        account=Account(link_prefix=f"{LINK_BASE}/m/"),
    )
    account = SocialTemplates(AwsSide(fakes).client, ACCOUNT.social_phone_number_id)
    return Reached([account], LINK_BASE)


def test_through_aws_the_same_is_told_and_done(aws: Reached, source: Path) -> None:
    made = compile_journeys()
    assert templates.diff(made, aws)["templates"] == []
    assert not templates.stops(templates.status(made, aws))
    change(source, "order_confirmation/en.yaml", "order_confirmed_v1", "order_confirmed_v2")
    changed = compile_journeys(source)
    assert [row["done"] for row in templates.push(changed, aws)["templates"]] == ["created"]
    assert templates.push(changed, aws)["templates"] == []
    (row,) = rows(templates.status(changed, aws), "order_confirmed_v2")
    assert (row["provider"], row["status"], row["finding"]) == ("aws", "PENDING", True)


def test_through_aws_an_example_comes_from_s3(aws: Reached, source: Path, picture: Path) -> None:
    show_an_image(source)
    change(source, "order_confirmation/en.yaml", "order_confirmed_v1", "order_confirmed_v2")
    made = compile_journeys(source)
    (refused,) = templates.push(made, aws, str(picture))["templates"]
    assert (refused["done"], refused["finding"]) == ("refused", True)
    assert "from S3 alone: s3://bucket/key" in refused["why"]
    (created,) = templates.push(made, aws, "s3://kram/parcel.png")["templates"]
    assert created["done"] == "created"
    assert templates.diff(made, aws)["templates"][0]["what"] == "unused"


def test_what_aws_or_meta_behind_it_refuses_is_told(aws: Reached, source: Path) -> None:
    (asked, *_) = wanted(compile_journeys(), LINK_BASE)
    (account,) = aws.accounts
    with pytest.raises(Refused, match="Meta refuses it"):
        account.create(asked)
    (stranger,) = [SocialTemplates(account._client, "phone-number-id-1")]  # type: ignore[attr-defined]
    with pytest.raises(UserError, match="no such phone number"):
        stranger.known([])


def test_every_template_of_ours_is_one_that_meta_takes() -> None:
    """From nothing: names, languages, examples, buttons, lengths."""
    fakes = FakeProviders(
        now=lambda: AT, deliver=lambda e: None, after=lambda w, c: None, secrets={}, templates={}
    )
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    target = f"/v23.0/{ACCOUNT.whatsapp_account}/message_templates"
    for each in wanted(compile_journeys(), LINK_BASE):
        status, answer = fakes.graph("POST", target, headers, json.dumps(definition(each)).encode())
        assert status == 200, answer
        assert json.loads(answer)["category"] == each.category.upper()


def test_a_template_that_several_texts_share_comes_once(source: Path) -> None:
    for language in ("uk", "ru", "en"):
        path = source / "delivery" / f"{language}.yaml"
        texts = yaml.safe_load(path.read_text("utf-8"))
        texts["returning"]["whatsapp"] = texts["delivered"]["whatsapp"]
        path.write_text(yaml.safe_dump(texts, allow_unicode=True), "utf-8")
    (one,) = [
        each
        for each in wanted(compile_journeys(source), LINK_BASE)
        if (each.name, each.language) == ("parcel_delivered_v1", "en")
    ]
    assert one.texts == ("delivery.delivered", "delivery.returning")


# A deployed stack, and the stop before a deployment.


def test_a_stack_is_asked_for_its_settings_and_its_keys(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    aws = Aws(f"{url}/sandbox/graph", json.dumps(SECRET))
    monkeypatch.setattr(reached, "Session", aws)
    assert cli.main(["templates", "diff", "--stack", "kram"]) == 0
    assert {"FunctionName": "kram-send-message", "Qualifier": "live"} in aws.asked
    assert {"SecretId": "arn:secret"} in aws.asked
    meta_has(url, status="DISABLED")
    assert cli.main(["templates", "status", "--stack", "kram"]) == 3
    assert "DISABLED order_confirmed_v1 (uk)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("secret", "says"),
    (
        (json.dumps({"meta_token": "x"}), "the secret has no field meta_account"),
        ("[]", "is no JSON object"),
        ("{", "is no JSON object"),
        (NoCredentialsError(), "Unable to locate credentials"),
        (json.dumps({**SECRET, "meta_token": "old"}), "Invalid OAuth access token"),
        (json.dumps({**SECRET, "meta_account": "1"}), "missing permissions"),
    ),
)
def test_what_keeps_a_stack_from_being_asked_is_told(
    secret: str | Exception, says: str, url: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(reached, "Session", Aws(f"{url}/sandbox/graph", secret))
    assert cli.main(["templates", "status", "--stack", "kram"]) == 1
    output = capsys.readouterr()
    assert says in output.err
    assert SECRETS["meta_token"] not in output.err


def test_where_meta_is_not_there_it_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr(reached, "Session", Aws("http://127.0.0.1:1", json.dumps(SECRET)))
    assert cli.main(["templates", "status", "--stack", "kram"]) == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("as_text", (False, True))
def test_a_deployment_is_refused_while_a_template_in_use_is_not_approved(
    as_text: bool, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    given = [
        "file://.aws-sam/code-sha256.yaml",
        "SecretArn=arn:secret:dev",
        f"MetaBaseUrl={url}/sandbox/graph",
    ]
    config = tmp_path / "samconfig.toml"
    overrides = json.dumps(" ".join(given) if as_text else given)
    config.write_text(
        "[dev.global.parameters]\n"
        'stack_name = "kram-dev"\nregion = "eu-central-1"\n'
        f'[dev.deploy.parameters]\nprofile = "kram"\nparameter_overrides = {overrides}\n',
        "utf-8",
    )
    aws = Aws("unused", json.dumps(SECRET))
    monkeypatch.setattr(deployed, "Session", aws)
    monkeypatch.setattr(before_deploy, "Session", aws)
    assert before_deploy.main(["dev"], config) == 0
    assert "nothing is deployed yet" in capsys.readouterr().out
    assert {"SecretId": "arn:secret:dev"} in aws.asked
    assert {"service": "secretsmanager", "region_name": "eu-central-1"} in aws.asked
    assert {"profile": "kram"} in aws.asked
    meta_has(url, status="REJECTED")
    assert before_deploy.main(["dev"], config) == 3
    said = capsys.readouterr()
    assert "REJECTED order_confirmed_v1 (uk): utility" in said.out
    assert "APPROVED" not in said.out
    assert "FORCE=1" in said.err
    assert before_deploy.main(["dev", "--force"], config) == 0
