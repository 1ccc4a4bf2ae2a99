"""Every provider there is: a line each. Only those that are asked for are loaded."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from aftercart.domain.consent import Channel

if TYPE_CHECKING:  # who only looks up a name does not load what providers are made of
    from aftercart.channels.entry import Entry

FILES = {
    "whatsapp/meta": "meta_whatsapp",
    "whatsapp/aws": "aws_whatsapp",
    "viber/infobip": "infobip_viber",
    "sms/aws": "aws_sms",
    "email/ses": "ses_email",
    "sms/twilio": "twilio_sms",
    "viber/turbosms": "turbosms_viber",
    "push/web": "web_push",
    "push/sns": "sns_push",
    "messenger/meta": "meta_messenger",
    "instagram/meta": "meta_instagram",
}
# Whose customers cannot answer: what `Entry.hears` says, for those who do not load them.
HEAR_NOBODY = frozenset({"email/ses", "push/web", "push/sns", "viber/turbosms"})
# Who says that a message was read: what `Entry.best` says.
TELL_READ = frozenset({"push/web", "viber/infobip", "whatsapp/aws", "whatsapp/meta"})
# By the end of the topic's name.
TOPICS = {
    "sms-events": "sms/aws",
    "whatsapp-events": "whatsapp/aws",
    "email-events": "email/ses",
}


@cache
def entry(provider: str) -> "Entry":
    """Of "<channel>/<name>". LookupError where there is none."""
    found: Entry = import_module(f"aftercart.channels.{FILES[provider]}").ENTRY
    return found


def names(channel: Channel) -> tuple[str, ...]:
    """Who carries a channel."""
    return tuple(each.partition("/")[2] for each in FILES if each.partition("/")[0] == channel)


def at_path(path: str) -> "Entry | None":
    """Whose webhook this is, at the end of a path: /<name>/<channel>."""
    name, channel = (["", "", *path.strip("/").split("/")])[-2:]
    return entry(f"{channel}/{name}") if f"{channel}/{name}" in FILES else None


def on_topic(arn: str) -> "Entry | None":
    """Who publishes on this SNS topic."""
    return next((entry(provider) for end, provider in TOPICS.items() if arn.endswith(end)), None)
