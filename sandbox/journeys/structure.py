"""Whether a journey holds together: its branches, its nature, what it begins among."""

from collections.abc import Callable, Iterator

from aftercart.domain.journey import About, Journey, Step
from sandbox.journeys.journey_shapes import NOTHING, JourneyShape, StepShape
from sandbox.journeys.marks import Loc, YamlFile, nearest

# What is not yet known when a journey begins.
AFTERWARDS = ("rating_at_most", "rating_at_least", "answered", "answer")
EFFORT, EASE = ("trek", "odyssey"), ("routine", "joyride")
EXPECTED, NEW = ("routine", "trek"), ("joyride", "odyssey")


def check_structure(file: YamlFile, shape: JourneyShape, journey: Journey) -> None:
    """Tells `file` what is wrong."""
    _check_answers(file, shape)
    _check_due(file, shape)
    _check_starts(file, journey)
    _check_archetype(file, journey)


def _steps(shape: JourneyShape) -> Iterator[tuple[Loc, str, StepShape]]:
    for number, entry in enumerate(shape.steps):
        for name, step in entry.items():
            yield ("steps", number, name), name, step


def _check_answers(file: YamlFile, shape: JourneyShape) -> None:
    """Each answer leads to one step at most, which says nothing else of when it is due."""
    steps = {name: step for _, name, step in _steps(shape)}
    led: dict[str, str] = {}
    for loc, name, step in _steps(shape):
        place = (*loc, "answers")
        if step.asks == "choice" and len(step.answers) < 2:
            file.problem(
                (*loc, "asks"), "a choice has two answers or more: answers: {yes: nothing, no: help}"
            )
        _check_which(file, place, step)
        for answer, target in step.answers.items():
            if target == NOTHING:
                continue
            if target not in steps:
                what = f"no step '{target}'{nearest(target, set(steps) - {name})}"
                file.problem((*place, answer), what)
            elif not steps[target].follows:
                what = f"'{target}' says by itself when it is due: where an answer leads has at most a wait"
                file.problem((*place, answer), what)
            elif led.setdefault(target, leads := name if step.asks == "choice" else answer) != leads:
                file.problem((*place, answer), f"another answer leads to '{target}' already")


def _check_which(file: YamlFile, place: Loc, step: StepShape) -> None:
    """Ratings to a rating, each once; names to a choice."""
    answered: set[int] = set()
    for answer in step.answers:
        is_rating = answer[0].isdecimal()
        if is_rating is (step.asks == "choice"):
            what = "a choice's answers have names" if is_rating else "a rating's answers are 1 to 5, or 1-2"
            file.problem((*place, answer), f"{what}, not '{answer}'", key=True)
        if not is_rating:
            continue
        least, _, most = answer.partition("-")
        between = set(range(int(least), int(most or least) + 1))
        if not between:
            file.problem((*place, answer), f"'{answer}' holds no rating: the lower comes first", key=True)
        if answered & between:
            what = f"{min(answered & between)} leads to another step already"
            file.problem((*place, answer), what, key=True)
        answered |= between


def _check_due(file: YamlFile, shape: JourneyShape) -> None:
    reached = _reached(shape)
    for loc, name, step in _steps(shape):
        if step.follows and name not in shape.leads:
            what = (
                "say once when it is due: one of on, after, computed, wait_until; or let an answer lead here"
            )
            file.problem(loc, what, key=True)
        elif name not in reached:
            what = f"'{name}' is never reached: no step that is due by itself leads here"
            file.problem(loc, what, key=True)


def _reached(shape: JourneyShape) -> set[str]:
    """Steps that are due by themselves, and those to which their answers lead, near and far."""
    steps = {name: step for _, name, step in _steps(shape)}
    reached: set[str] = set()
    ahead = [name for name, step in steps.items() if not step.follows]
    while ahead:
        name = ahead.pop()
        if name in steps and name not in reached:
            reached.add(name)
            ahead += steps[name].answers.values()
    return reached


def _check_starts(file: YamlFile, journey: Journey) -> None:
    for name in AFTERWARDS:
        if name in journey.when:
            file.problem(("starts", "when", name), "nothing is answered before it begins", key=True)
    if journey.about is About.SHIPMENT:
        for key, given in (("when", journey.when), ("among", journey.among)):
            if given:
                what = "news of a parcel are told to everyone: nothing is chosen"
                file.problem(("starts", key), what, key=True)
    for number, step in enumerate(journey.steps):
        if step.variants and journey.about is About.SHIPMENT:
            what = "news of a parcel are told to everyone alike: they have no variants"
            file.problem(("steps", number, step.name, "variants"), what, key=True)
        if step.asks and journey.about is About.SHIPMENT:
            what = "news of a parcel ask nothing: a journey about the order or its lines does"
            file.problem(("steps", number, step.name, "asks"), what, key=True)


def _check_archetype(file: YamlFile, journey: Journey) -> None:
    """Effort is what a customer is asked to do; what is expected comes at its time and reads the same."""
    kind, said = journey.archetype, ("archetype",)
    asking = _first(journey, lambda step: bool(step.asks))
    varying = _first(journey, lambda step: bool(step.variants or step.computed or step.when))
    surprising = _first(journey, lambda step: bool(step.variants or step.computed))
    if kind in EASE and asking:
        file.problem(said, f"a {kind} asks nothing of anybody, but '{asking.name}' does")
    if kind in EFFORT and not asking:
        file.problem(said, f"a{_n(kind)} {kind} asks something of the customer, and no step of it does")
    if kind in EXPECTED and surprising:
        file.problem(said, f"a {kind} holds no surprise, but '{surprising.name}' is not the same for all")
    if kind in NEW and not varying:
        file.problem(said, f"a{_n(kind)} {kind} is not the same for all: no step of it has variants or when")


def _first(journey: Journey, holds: Callable[[Step], bool]) -> Step | None:
    return next((step for step in journey.steps if holds(step)), None)


def _n(word: str) -> str:
    return "n" if word[0] in "aeiou" else ""
