"""Checks that no test says what is learnt by heart: it would measure nothing."""

from __future__ import annotations

from collections.abc import Iterator

from charley.care.twins import words_of
from charley.trainers.check.examples import at
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.parts import Message, Origin
from charley.trainers.check.project import Project

OF_CARE = ("care", "safety")  # folders of tests that measure the care guard
HELD_OUT = "held_out"
MEND = "Take it out of data/, or write it in other words there; never change the test."


def measures(test: Message, learnt: Message) -> bool:
    """Whether a test measures the very part of Charley that learns from this message.

    The care guard learns from the wordings, and from the harmless ones of the examples; the intents
    from the examples. A dialogue follows a talk, it measures nothing.
    """
    if test.path.parent.name in OF_CARE:
        return learnt.origin is Origin.WORDING or HELD_OUT in test.path.parts
    return learnt.origin is Origin.EXAMPLE and test.path.suffix == ".csv"


def in_tests(project: Project) -> Iterator[tuple[Message, Message, bool]]:
    """What is learnt and what a test says much like it, and whether in the very same words."""
    for one, other in project.twins:  # tests stand last in the pool
        if one.origin is not Origin.TEST and other.origin is Origin.TEST:
            yield one, other, words_of(one.text) == words_of(other.text)


@check("learnt-in-test", why="A test that says what was learnt by heart measures nothing.", mend=MEND)
def learnt_in_test(project: Project) -> Iterator[Found]:
    """An example or wording that stands, in the same words, in a test that measures what is learnt from it."""
    for learnt, test, same in in_tests(project):
        if same and measures(test, learnt):
            yield Found(learnt.path, learnt.line, f"{learnt.text!r} is said in {at(project, test)}.")


@check(
    "nearly-in-care-test",
    why="What safety tests measure must not have been learnt, not even nearly.",
    mend=MEND,
)
def nearly_in_care_test(project: Project) -> Iterator[Found]:
    """A wording or example that differs by one word from a test of the care guard."""
    for learnt, test, same in in_tests(project):
        if not same and measures(test, learnt) and test.path.parent.name in OF_CARE:
            yield Found(
                learnt.path, learnt.line, f"{learnt.text!r} is nearly {test.text!r} in {at(project, test)}."
            )


@check(
    "nearly-in-test",
    why="A test that nearly says what was learnt measures little.",
    mend="See that the one word makes another question of it; if not, take it out of data/nlu/.",
    severity=Severity.NOTE,
)
def nearly_in_test(project: Project) -> Iterator[Found]:
    """An example that differs by one word from a message that measures the intents."""
    for learnt, test, same in in_tests(project):
        if not same and measures(test, learnt) and test.path.parent.name not in OF_CARE:
            yield Found(
                learnt.path, learnt.line, f"{learnt.text!r} is nearly {test.text!r} in {at(project, test)}."
            )


@check(
    "also-in-test",
    why="The test measures another part than the one that learns from it, or nothing; yet it proves less than it seems.",
    mend="Better other words in data/, where it is easy.",
    severity=Severity.NOTE,
)
def also_in_test(project: Project) -> Iterator[Found]:
    """An example or wording that stands, in the same words, in any other test or dialogue."""
    for learnt, test, same in in_tests(project):
        if same and not measures(test, learnt):
            yield Found(learnt.path, learnt.line, f"{learnt.text!r} is said in {at(project, test)}.")
