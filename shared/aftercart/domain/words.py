"""What a short answer means, before anything else is looked at.

English stop words: FCC 47 CFR 64.1200(a)(10) and those AWS End User Messaging handles; the others are ours.
"""

import re
import unicodedata

STOP = (
    "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT",
    "REMOVE", "ARRET", "ARRÊT", "TD", "ΣΤΟΠ",
    "СТОП", "ВІДПИСАТИСЯ", "ВІДПИСАТИСЬ", "ВІДПИСКА", "ВІДМІНИТИ", "НЕ ПИШІТЬ",
    "ОТПИСАТЬСЯ", "ОТПИСКА", "ОТМЕНА", "ОТКАЗ", "НЕ ПИШИТЕ",
)  # fmt: skip
# Inside a longer sentence these still mean stop; "cancel" and "end" there may mean an order or a day.
STOP_WITHIN = (
    "STOP", "UNSUBSCRIBE", "OPT OUT", "OPTOUT", "REVOKE",
    "СТОП", "ВІДПИСАТИСЯ", "ВІДПИСАТИСЬ", "ВІДПИШІТЬ", "НЕ ПИШІТЬ", "ОТПИСАТЬСЯ", "ОТПИШИТЕ", "НЕ ПИШИТЕ",
)  # fmt: skip
START = ("START", "UNSTOP", "СТАРТ")
YES = ("YES", "ТАК", "ДА", "+")
HELP = ("HELP", "INFO", "ДОПОМОГА", "ПОМОЩЬ", "?")

# Capitals that look alike in Cyrillic, Greek and Latin: a STOP typed on the wrong keyboard is a STOP.
_LOOK_ALIKE = str.maketrans("АВЕКМНОРСТУХІЁΑΒΕΚΜΝΟΡΤΥΧΙΣ", "ABEKMHOPCTYXIEABEKMNOPTYXIC")
_NOISE = re.compile(r"[^\w+?]+|_")


def plain(text: str) -> str:
    """Upper case, without accents, punctuation, emoji and invisible characters; look-alikes made one."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().upper())
    letters = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return " ".join(_NOISE.sub(" ", letters.translate(_LOOK_ALIKE)).split())


_STOP = frozenset(map(plain, STOP))
_STOP_WITHIN = tuple(f" {plain(word)} " for word in STOP_WITHIN)
_START = frozenset(map(plain, START))
_YES = frozenset(map(plain, YES))
_HELP = frozenset(map(plain, HELP))


def meaning(text: str) -> str:
    """'stop', 'start', 'yes', 'help', a digit '1' to '5', or '' for anything else. STOP goes before all."""
    said = plain(text)
    if said in _STOP or any(word in f" {said} " for word in _STOP_WITHIN):
        return "stop"
    for name, words in (("start", _START), ("yes", _YES), ("help", _HELP)):
        if said in words:
            return name
    return said if said in {"1", "2", "3", "4", "5"} else ""
