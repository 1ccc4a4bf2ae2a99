"""What a provider's answer means for us: a row of its table of codes, and the words for it."""

from dataclasses import dataclass

from aftercart.domain.message import Outcome
from aftercart.ports import Sent


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is for people and for `why`; `advice` is as in `ports.Sent`."""

    reason: str
    advice: str = ""
    outcome: Outcome = Outcome.REJECTED

    def coded(self, code: object) -> str:
        """The reason with the provider's own code: 'window_closed 131047'."""
        return f"{self.reason} {code}" if str(code) else self.reason

    def sent(self, code: object = "") -> Sent:
        return Sent(outcome=self.outcome, reason=self.coded(code), advice=self.advice)


NOT_CONNECTED = Verdict("not_connected", "later")
BUSY = Verdict("provider_busy", "later")
NO_ANSWER = Verdict("no_answer", outcome=Outcome.UNKNOWN)
NO_SECRET = Verdict("no_secret", "alarm")
NO_SETTING = Verdict("no_setting", "alarm")


def of_status(status: int) -> Verdict:
    """What the HTTP status alone says: below 500 nothing was sent, from there on nobody knows."""
    if status >= 500:
        return Verdict("provider_fault", outcome=Outcome.UNKNOWN)
    if status in (401, 403):
        return Verdict("not_authorised", "alarm")
    return BUSY if status == 429 else Verdict("refused")
