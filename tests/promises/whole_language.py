"""Journeys that between them say all that a journey can: every key, condition, event and kind of step."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.trials.lives.life import BEGINS

Json = dict[str, Any]
OF_ALL_KINDS = """
order_care:
  about: order
  archetype: odyssey
  starts: {on: order_placed}
  holdout: 0.2
  priority: 3
  steps:
    - packing: {after: order_placed, wait: PT6H, purpose: transactional, urgency: by_morning,
                when: {total_at_least: 100 UAH}, stops: [cancelled]}
    - under_way: {on: in_transit, purpose: transactional, urgency: by_morning, when: {stage: shipped}}
    - all_there: {wait_until: delivered, timeout: P6D, purpose: survey, route: care, useful_for: P7D,
                  asks: choice, answers: {fine: nothing, late: sorry, broken: mend},
                  stops: [cancelled, returned]}
    - sorry: {purpose: transactional, route: care, stops: [human_talking]}
    - mend: {wait: P1D, purpose: transactional, route: care, receipt_within: PT2H}
    - for_phones: {after: delivered, wait: P2D, at: "10:00", purpose: marketing, route: marketing,
                   when: {category: phone, owns_not: phone_case}, useful_for: P5D, stops: [returned]}
    - not_late: {after: delivered, wait: P20D, at: "10:00", purpose: marketing, route: marketing,
                 when: {answer: all_there=fine|broken}}

phones_first:
  about: line
  starts: {on: delivered, category: phone, when: {category: phone}}
  steps:
    - welcome: {on: delivered, purpose: transactional, urgency: by_morning, when: {category: phone}}
    - asks: {after: delivered, wait: P2D, at: "11:30", purpose: survey, route: care, asks: rating,
             answers: {1-2: worse, 4-5: better}, useful_for: P5D, stops: [returned, human_talking]}
    - worse: {purpose: transactional, route: care}
    - better: {wait: P3D, purpose: review, route: care, useful_for: P7D}
    - unanswered: {wait_until: rated, timeout: P12D, purpose: transactional, when: {answered: false}}
    - third: {after: rated, wait: PT4H, purpose: transactional, when: {rating_at_least: 3}}
    - next_one: {computed: trade_in, at: "12:00", purpose: marketing, route: marketing, useful_for: P20D,
                 variants: {next_one: 2, next_one_long: 1}, stops: [cancelled, returned, bought_again]}

phones_new:
  about: line
  starts: {on: delivered, category: phone, among: phones, rank: 1, when: {first_purchase: true}}
  steps:
    - welcome_here: {after: delivered, wait: P1D, purpose: transactional, when: {first_purchase: true}}

phones_again:
  about: line
  starts: {on: delivered, category: phone, among: phones, rank: 2}
  holdout: 0.5
  steps:
    - welcome_back: {after: delivered, wait: P1D, purpose: transactional, offer: true}
    - case: {after: delivered, wait: P4D, at: "11:00", purpose: marketing, route: marketing,
             when: {owns: phone, owns_not: CASE-A1}}

printers:
  about: line
  starts: {on: delivered, category: printer, when: {category: printer}}
  steps:
    - ink: {after: delivered, wait: P45D, at: "11:00", purpose: marketing, route: marketing, useful_for: P9D,
            when: {owns_not: ink, stage: delivered}, stops: [returned, bought_again]}

anything:
  about: line
  starts: {on: delivered}
  steps:
    - kept: {after: delivered, wait: P14D, purpose: transactional, urgency: by_morning, stops: [returned]}

gone:
  about: line
  retired: true
  starts: {on: delivered}
  steps:
    - never: {after: delivered, wait: P1D, purpose: transactional}

everyone:
  about: customer
  starts: {at: "2027-06-01", over: {}}
  steps:
    - hello: {on: started, purpose: marketing, route: marketing}

night:
  about: customer
  starts: {at: "2027-02-14 03:00", over: {not_ordered_since: P60D, orders_at_least: 2}}
  priority: 1
  steps:
    - in_the_night: {on: started, purpose: marketing, route: marketing, useful_for: P2D}
    - a_month_on: {after: started, wait: P30D, purpose: marketing, route: marketing, when: {owns: phone}}

some:
  about: customer
  starts: {at: "2027-03-28 02:30", over: {country: UA, language: uk, owns: ZIRVO-A1, owns_not: phone_case,
                                          ordered_since: P90D}}
  holdout: 0.3
  steps:
    - spring: {on: started, purpose: marketing, route: marketing}
    - spring_again: {after: started, wait: P3D, at: "12:00", when: {owns_not: phone_case}, purpose: marketing,
                     route: marketing, stops: [human_talking]}
"""
OPTIONS = {
    "uk": {"fine": "Гаразд", "late": "Запізно", "broken": "Зламане"},
    "ru": {"fine": "Хорошо", "late": "Поздно", "broken": "Сломано"},
    "en": {"fine": "Fine", "late": "Late", "broken": "Broken"},
}
WORDS = {"uk": "Кілька слів", "ru": "Несколько слов", "en": "Some words"}
FOR_SALE = {
    "uk": "Пасує {{ offer.title }}",
    "ru": "Подходит {{ offer.title }}",
    "en": "{{ offer.title }} fits",
}
END = "{% if can_answer %} STOP.{% else %} {{ link }}{% endif %}"
ALSO = "learned_waits: true\n"  # in brand.yaml


def compiled(directory: Path) -> Path:
    """Where they are compiled."""
    compile_journeys(written(directory), BEGINS.date()).write(directory / "made")
    return directory / "made"


def written(directory: Path) -> Path:
    """All of them beside the product's own, as a folder."""
    source = Path(shutil.copytree(JOURNEYS, directory / "journeys"))
    brand = source / "brand.yaml"
    brand.write_text(ALSO + brand.read_text("utf-8"), "utf-8")
    for part in OF_ALL_KINDS.strip().split("\n\n"):
        name, _, written = part.partition(":\n")
        folder = source / name
        folder.mkdir()
        (folder / "journey.yaml").write_text(dedent(written) + "\n", "utf-8")
        journey = yaml.load(written, yaml.BaseLoader)  # for which `on` is a word
        for language in WORDS:
            texts = {text: told for step in journey["steps"] for text, told in _texts(step, language)}
            words = yaml.safe_dump(texts, sort_keys=False, allow_unicode=True)
            (folder / f"{language}.yaml").write_text(words, "utf-8")
    return source


def _texts(entry: Json, language: str) -> Iterator[tuple[str, Json]]:
    """What a step says: its name, which question it asks, and how it is answered."""
    ((step, said),) = entry.items()
    asks, offer = said.get("asks"), said.get("offer")
    is_sold = said["purpose"] == "marketing"
    options = list(OPTIONS[language]) if asks == "choice" else []
    numbers = " 1-5?" if asks == "rating" else "".join(f" {n}." for n, _ in enumerate(options, start=1))
    for text in said.get("variants", [step]):
        words = f"{WORDS[language]}: {text.replace('_', ' ')}.{numbers}"
        told: Json = {
            "whatsapp": {
                "template": f"{text}_v1",
                "category": "marketing" if is_sold else "utility",
                "text": f"{words} STOP.",
            },
            "title": words,
            "text": f"{words}{END}",
        }
        if options:
            told["options"] = OPTIONS[language]
        if offer:
            whatsapp = {
                "template": f"{text}_offer_v1",
                "category": "marketing",
                "text": f"{words} {FOR_SALE[language]}.",
            }
            sold = f"{words} {FOR_SALE[language]}{END}"
            told["with_offer"] = {"whatsapp": whatsapp, "title": words, "text": sold}
        yield text, told
