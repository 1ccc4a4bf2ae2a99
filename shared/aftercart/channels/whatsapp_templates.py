"""What Meta says of templates: approved, paused, counted as marketing, liked less.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
(message_template_status_update, template_category_update, message_template_quality_update).
"""

import re
from collections.abc import Callable, Mapping

from aftercart.channels.reading import Json, child, seconds, text
from aftercart.domain.template import MARKETING, TemplateNews
from aftercart.ports import Unreadable

MAY_BE_SENT = ("APPROVED", "REINSTATED")
BARS: Mapping[str, str] = {
    "PENDING": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "PENDING_DELETION": "deleted",
    "DELETED": "deleted",
}
AT_RISK = ("FLAGGED", "ARCHIVED")  # a person should look; what may be sent is the same
# Under appeal it is as barred as before; locked it cannot be edited; the limit is the account's.
SAY_NOTHING = ("IN_APPEAL", "LOCKED", "LIMIT_EXCEEDED", "UNARCHIVED")
CODE = re.compile(r"[A-Z][A-Z_]{1,39}")


def news(change: Json, entry: Json) -> TemplateNews | None:
    """What one change of an entry says of a template. None: nothing that we act on. Unreadable."""
    read = READERS[text(change, "field")]
    value = child(change, "value")
    name, language = text(value, "message_template_name"), text(value, "message_template_language")
    if not name or not language:
        raise Unreadable("template_without_name_or_language")
    said = read(value)
    if said is None:
        return None
    word, facts = said
    return TemplateNews(
        name=name,
        language=language.replace("-", "_"),  # Meta's own pages have en-US here, and en_US elsewhere
        at=seconds(entry, "time"),
        reason=f"template_{word} {name}/{language}",
        advice="" if word in ("approved", "pending") else "alarm",
        **facts,
    )


Said = tuple[str, dict[str, str]]


def _status(value: Json) -> Said | None:
    event = text(value, "event")
    if event in SAY_NOTHING:
        return None
    category = text(value, "message_template_category").lower()[:40]
    if event in MAY_BE_SENT:
        return "approved", {"barred": "", "category": category}
    if event in BARS:
        return BARS[event] + _coded(value), {"barred": BARS[event], "category": category}
    if event in AT_RISK:
        return event.lower(), {}
    raise Unreadable("unknown_template_event")


def _coded(value: Json) -> str:
    """Meta's codes for why: a rejection's, or which pause it is."""
    codes = (text(value, "reason"), text(value, "other_info", "title"))
    return "".join(f" {code}" for code in codes if code != "NONE" and CODE.fullmatch(code))


def _category(value: Json) -> Said | None:
    """One that is announced names the category to come as the correct one; the other is still in force."""
    category = text(value, "new_category").lower()[:40]
    if text(value, "correct_category"):
        return "to_be_recategorised", {}
    if not category:
        raise Unreadable("template_without_category")
    return "recategorised" if category == MARKETING else "approved", {"category": category}


def _quality(value: Json) -> Said | None:
    return ("quality_red", {}) if text(value, "new_quality_score") == "RED" else None


READERS: Mapping[str, Callable[[Json], Said | None]] = {
    "message_template_status_update": _status,
    "template_category_update": _category,
    "message_template_quality_update": _quality,
}
