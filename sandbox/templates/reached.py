"""Where a brand's templates are: at whom, by which keys. A running sandbox, or an AWS account's secret."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from aftercart.channels.http import Urllib3Http
from aftercart.domain.brand import Brand
from sandbox.commands.remote import GRAPH, Remote
from sandbox.commands.terminal import UserError
from sandbox.shop_settings import LINK_BASE, SECRETS, WHATSAPP_ACCOUNT
from sandbox.templates.graph import GraphTemplates
from sandbox.templates.known import Account
from sandbox.templates.social import SocialTemplates

META, AWS, BY_HAND = "whatsapp/meta", "whatsapp/aws", ("viber/turbosms",)
GRAPH_API = "https://graph.facebook.com"


@dataclass(frozen=True, slots=True)
class Reached:
    """`link_base`: what links in messages begin with; URL buttons are approved with it. `by_hand`: providers
    of the brand whose templates nothing here can see."""

    accounts: Sequence[Account]
    link_base: str
    by_hand: Sequence[str] = ()


def in_sandbox(url: str, brand: Brand) -> Reached:
    """There both ways to WhatsApp lead to one account. Raises UserError."""
    Remote(url).get("/sandbox/webhooks")  # says so where nobody is there
    base = f"{url.rstrip('/')}{GRAPH}"
    account = GraphTemplates(Urllib3Http(), base, WHATSAPP_ACCOUNT, SECRETS["meta_token"])
    return Reached([account] if {META, AWS} & set(brand.carried_by()) else [], LINK_BASE, _by_hand(brand))


def in_stack(stack: str, brand: Brand) -> Reached:
    """As the deployed sender is set, with the keys of its secret. Raises UserError."""
    session: Any = Session()
    try:
        function = session.create_client("lambda").get_function_configuration(
            FunctionName=f"{stack}-send-message", Qualifier="live"
        )
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"{stack}: {error}") from None
    return with_settings(function["Environment"]["Variables"], brand, session)


def with_settings(settings: Mapping[str, str], brand: Brand, session: Any, region: str = "") -> Reached:
    """`settings`: as the sender's environment has them. Raises UserError."""
    carried, accounts = brand.carried_by(), list[Account]()
    where = {"region_name": region} if region else {}
    try:
        if META in carried:
            secret = _secret(session.create_client("secretsmanager", **where), settings.get("SECRET_ARN", ""))
            base = settings.get("META_BASE_URL", "") or GRAPH_API
            accounts.append(
                GraphTemplates(Urllib3Http(), base, _of(secret, "meta_account"), _of(secret, "meta_token"))
            )
        if AWS in carried:
            client = session.create_client("socialmessaging", **where)
            accounts.append(SocialTemplates(client, settings.get("SOCIAL_PHONE_NUMBER_ID", "")))
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"templates cannot be asked for: {error}") from None
    return Reached(accounts, settings.get("LINK_BASE_URL", ""), _by_hand(brand))


def _secret(client: Any, arn: str) -> Mapping[str, Any]:
    try:
        found = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UserError(f"the secret {arn} is no JSON object")
    return found


def _of(secret: Mapping[str, Any], name: str) -> str:
    found = secret.get(name)
    if not isinstance(found, str) or not found:
        raise UserError(f"the secret has no field {name}: docs/deploying.md says what it is")
    return found


def _by_hand(brand: Brand) -> list[str]:
    return [each for each in BY_HAND if each in brand.carried_by()]
