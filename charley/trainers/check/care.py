"""Checks of the warning signs, the check-up and the phone numbers (data/care/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from charley.care.check_up import CheckUpError
from charley.care.flags import CARE_DIR, CareDataError
from charley.care.levels import CareLevel
from charley.care.numbers import NUMBERS_FILE, NumbersError, load_numbers
from charley.care.twins import words_of
from charley.trainers.check import nodes
from charley.trainers.check.examples import at
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.parts import Message, Origin
from charley.trainers.check.project import FLAGS, Project, Unreadable

TOLD = re.compile(r"(?P<file>[\w./-]+?)(?:, row (?P<row>\d+))?(?:, (?P<place>[^:]*))?: (?P<message>.*)")
QUOTED = re.compile(r"'((?:[^'\\]|\\.)+)'|\"([^\"]+)\"")
SHARED = {"groups": "words.yml", "notes": "words.yml", "cautions": "cautions.yml", "__root__": "cautions.yml"}
REASONED = (CareLevel.SEE_DOCTOR, CareLevel.URGENT_SAME_DAY)  # their replies give a reason
FORM = "What each field may hold stands in data/care/README.md."


@check("warning-signs", why="A broken sign stops training; the model before it goes on answering.", mend=FORM)
def warning_signs(project: Project) -> Iterator[Found]:
    """A warning sign, a note or a caution that is not valid, or a pattern that can't be read."""
    try:
        _ = project.care
    except Unreadable as error:
        if not isinstance(error.__cause__, CareDataError):
            raise
        yield from _located(project, str(error.__cause__))


@check(
    "check-up",
    why="The check-up collects warning signs: a broken one stops training.",
    mend="The head of data/care/check_up.yml says what each field may hold.",
)
def check_up(project: Project) -> Iterator[Found]:
    """A question or answer of the check-up that is not valid."""
    try:
        _ = project.check_up
    except Unreadable as error:
        if not isinstance(error.__cause__, (CheckUpError, ValidationError)):
            raise
        yield from _located(project, str(error.__cause__))


@check(
    "phone-numbers",
    why="People in danger dial what stands here.",
    mend="Give each number the page it was read on, and the day; a country by its two capitals.",
)
def phone_numbers(project: Project) -> Iterator[Found]:
    """An emergency number that is not valid, or that no page is named for."""
    project.readable(NUMBERS_FILE)
    try:
        load_numbers(project.root / NUMBERS_FILE)
    except NumbersError as error:
        yield from _located(project, str(error))


def _located(project: Project, error: str) -> Iterator[Found]:
    """What a loader of data/care/ says, a line each, with the lines of the files."""
    for told in error.splitlines():
        match = TOLD.fullmatch(told)
        if match is None:
            yield Found(project.root / CARE_DIR, None, told)
            continue
        place, message = match["place"] or "", match["message"]
        path = _file(project, match["file"], place, message)
        what = f"{place}: {message}." if place and path.stem not in SHARED else f"{message}."
        quoted = message if match["file"] == str(CARE_DIR) else ""  # there the place names no line
        yield Found(path, _line(project, path, match["row"], place.split("."), quoted), what)


def _file(project: Project, name: str, place: str, message: str) -> Path:
    flags, care = project.root / FLAGS, project.root / CARE_DIR
    if name != str(CARE_DIR):
        return next((folder / name for folder in (flags, care) if (folder / name).exists()), care / name)
    owner = flags / f"{message.split(':')[0].strip(chr(39)).split(chr(39))[0]}.yml"
    return owner if owner.exists() else care / SHARED.get(place.split(".")[0], "words.yml")


def _line(project: Project, path: Path, row: str | None, place: list[str], quoted: str) -> int | None:
    """The line of a row, of what a message quotes, or of the place."""
    if row:
        rows = project.rows(path)
        return rows[int(row) - 1].line if int(row) <= len(rows) else None
    tree = project.tree(path) if path.suffix == ".yml" and path.exists() else None
    if tree is None:
        return None
    for single, double in QUOTED.findall(quoted):
        for node in nodes.walk(tree):
            if nodes.scalar(node) == (single or double):
                return nodes.line_of(node)
    return nodes.place(tree, [step for step in place if step != "__root__"])


@check(
    "reason-missing",
    why="Who is told to see someone is told why.",
    mend="Write `because: …`, a sentence that ends in a full stop.",
)
def reason_missing(project: Project) -> Iterator[Found]:
    """A warning sign whose reply gives a reason, without one."""
    for flag in project.care.flags:
        if flag.level in REASONED and not flag.because.endswith("."):
            path = project.root / FLAGS / f"{flag.flag}.yml"
            what = f"{flag.flag} has no reason that ends in a full stop."
            yield Found(path, nodes.place(project.tree(path), ["because"]), what)


@check(
    "sign-without-wordings",
    why="A sign that only patterns tell is missed in most people's words; without look-alikes it cries wolf.",
    mend="Write families of wordings, and look-alikes: messages that sound like it and are not.",
)
def sign_without_wordings(project: Project) -> Iterator[Found]:
    """A warning sign without wordings, patterns or look-alikes."""
    for flag in project.care.flags:
        told = {
            "families": flag.families,
            "look_alikes": flag.look_alikes,
            "patterns": flag.patterns or flag.together,
        }
        lacking = [name for name, part in told.items() if not part]
        if flag.level is not CareLevel.NONE and lacking:
            yield Found(
                project.root / FLAGS / f"{flag.flag}.yml", 1, f"{flag.flag} has no {', no '.join(lacking)}."
            )


@check(
    "wording-at-two-levels",
    why="The guard is told two things of the same words and may miss the graver.",
    mend="Decide which of the two it is and delete the other.",
)
def wording_at_two_levels(project: Project) -> Iterator[Found]:
    """Wordings of the same words, in any order, at two levels of care."""
    for one, other in _at_two_levels(project):
        if words_of(one.text) == words_of(other.text):
            what = f"{other.text!r} ({other.label}) is {one.text!r} ({one.label}) at {at(project, one)}."
            yield Found(other.path, other.line, f"The same words, at two levels: {what}")


@check(
    "wording-nearly-at-two-levels",
    why="Here one word alone decides how soon someone must be seen.",
    mend="See that the word does make the difference.",
    severity=Severity.NOTE,
)
def wording_nearly_at_two_levels(project: Project) -> Iterator[Found]:
    """Wordings at two levels of care that share all words but one."""
    for one, other in _at_two_levels(project):
        if words_of(one.text) != words_of(other.text):
            what = (
                f"{other.text!r} ({other.label}) is nearly {one.text!r} ({one.label}) at {at(project, one)}."
            )
            yield Found(other.path, other.line, what)


def _at_two_levels(project: Project) -> Iterator[tuple[Message, Message]]:
    for one, other in project.twins:
        both = one.origin is other.origin is Origin.WORDING
        if both and one.label.split()[0] != other.label.split()[0]:
            yield one, other
