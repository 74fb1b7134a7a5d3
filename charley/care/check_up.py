"""The check-up: its questions (data/care/check_up.yml), reading answers, the summary.

It collects what was said and how soon someone should look at it. It names no diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from charley.care.levels import CareLevel
from charley.care.measures import Measure, amount

CHECK_UP_FILE = Path("data/care/check_up.yml")
QUESTION = "utter_check_up_"  # + the question's id: the response that asks it
NO_WORDS = frozenset(["no", "none", "nope", "nah", "neither", "nothing", "not", "never", "non", "negative"])
YES_WORDS = frozenset(["yes", "yeah", "yep", "yup", "ya", "sure", "correct"])
# What else may stand in a plain no: "no it is not", "none of these, thanks".
AROUND_NO = NO_WORDS | frozenset(
    "it is it's its isn't isnt that that's i do don't dont have haven't havent am i'm im of these those them the any above this "
    "right now thanks thank you at all sir so far all good fine like really".split()
)
MAX_NO_WORDS = 6
FILLER = frozenset("and n the number numbers option options no i have pick choose it's its is just".split())
UNSURE = re.compile(
    r"\b(?:not (?:really )?sure|unsure|no idea|no clue|don'?t know|dunno|never mind|never (?:checked|looked)|maybe|perhaps)\b"
)
MAX_TITLE = 60
MAX_WORDS = 12  # of an answer in words; who writes more tells a story
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "last": -1,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
}  # fmt: skip


class Option(BaseModel):
    """One choice.

    Attributes:
        words: other words by which a typed answer may name it.
        over: an amount of the question's measure names it when it is over this, and over no other's.
    """

    class Config:
        extra = Extra.forbid

    value: str = Field(regex=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1, max_length=MAX_TITLE)
    says: str = Field(min_length=1)  # in the summary: "You said: …"
    level: CareLevel = CareLevel.NONE
    cautions: list[str] = []
    words: list[str] = []
    over: float | None = None


class Question(BaseModel):
    """One question.

    Attributes:
        none: the title of the answer that names no option.
        measure: what an answer in numbers counts (see charley.care.measures.amount).
        unread: the level if no answer can be read.
    """

    class Config:
        extra = Extra.forbid

    id: str = Field(regex=r"^[a-z][a-z0-9_]*$")
    text: str
    multiple: bool = False
    none: str | None = None
    none_says: str = ""
    measure: Measure | None = None
    unread: CareLevel = CareLevel.SEE_DOCTOR
    options: list[Option] = Field(min_items=2)

    @validator("none_says", always=True)
    def _none_is_said(cls, value: str, values: dict[str, Any]) -> str:
        if values.get("none") and not value:
            raise ValueError("what does the summary say when none was chosen? (none_says)")
        return value

    def metadata(self) -> dict[str, Any]:
        """What a channel needs to show it (`choices`), and what reading an answer needs."""
        options = [{"title": option.title, "value": option.value} for option in self.options]
        return {
            "kind": "clarify",
            "choices": {
                "question": self.id,
                "prompt": self.text,
                "multiple": self.multiple,
                "options": options,
                "none": self.none,
            },
            "check_up": {
                "id": self.id,
                "measure": self.measure.value if self.measure else None,
                "multiple": self.multiple,
                "none": self.none,
                "unread": self.unread.value,
                "options": [
                    {**option.dict(exclude={"says"}), "level": option.level.value} for option in self.options
                ],
            },
        }


class CheckUpPlan(BaseModel):
    """All questions, in the order in which they are asked: the gravest signs first."""

    class Config:
        extra = Extra.forbid

    questions: list[Question] = Field(min_items=1)
    ask_the_doctor: list[str]

    def values(self) -> frozenset[str]:
        """Every value that an answer's button may send."""
        return frozenset(option.value for question in self.questions for option in question.options)

    def responses(self) -> dict[str, Any]:
        """The domain's responses that ask the questions."""
        return {
            f"{QUESTION}{question.id}": [{"text": self._asked(question), "metadata": question.metadata()}]
            for question in self.questions
        }

    def _asked(self, question: Question) -> str:
        """The question with its choices numbered, for who types."""
        lines = [f"{number}. {option.title}" for number, option in enumerate(question.options, start=1)]
        if question.none:
            lines.append(f"0. {question.none}")
        how = (
            "Choose all that fit, or type the numbers."
            if question.multiple
            else "Choose one, or type its number."
        )
        return f"{question.text}\n" + "\n".join(lines) + f"\n{how}"


@dataclass(frozen=True)
class Answer:
    """An answer read: the values chosen (none of them: empty), and what they call for."""

    values: tuple[str, ...]
    level: CareLevel
    cautions: tuple[str, ...] = ()
    unread: bool = False  # given up on after two tries; the level is that for the unread


class CheckUpError(ValueError):
    """data/care/check_up.yml can't be used; the message says where and why."""


def load_check_up(path: Path = CHECK_UP_FILE) -> CheckUpPlan:
    """Read the questions.

    Raises:
        CheckUpError: if the file can't be read or is not valid.
    """
    try:
        return CheckUpPlan.parse_obj(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CheckUpError(f"{path.name}: {error}") from error
    except ValidationError as error:
        lines = (f"{path.name}, {'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise CheckUpError("\n".join(lines)) from error


def read_answer(given: str | Sequence[str], question: dict[str, Any]) -> Answer | None:
    """Read an answer to a question, as its response's metadata describes it.

    Args:
        given: the values of a payload, or a typed text: numbers ("1, 3"), words, or "none".
        question: `metadata["check_up"]` of the message that asked.

    Returns:
        None if it can't be read as an answer.
    """
    options: list[dict[str, Any]] = question["options"]
    if isinstance(given, str):
        text = given.lower().replace("\u2019", "'")
        chosen = _typed(text, options, bool(question["multiple"]), bool(question["none"]))
        if question.get("measure"):
            counted = _measured(text, options, Measure(question["measure"]))
            plain = " ".join(re.findall(r"[a-z']+|\d+", text))
            named = plain.isdigit() or any(plain in map(_plain, _phrases(o)) for o in chosen or ())
            if counted and not (chosen and named):
                chosen = _graver(chosen or counted, counted)
    else:
        known = [option for option in options if option["value"] in given]
        chosen = known if len(known) == len(set(given)) and (known or question["none"]) else None
    if chosen is None or (len(chosen) > 1 and not question["multiple"]):
        return None
    level = max((CareLevel(option["level"]) for option in chosen), default=CareLevel.NONE)
    cautions = tuple(dict.fromkeys(c for option in chosen for c in option.get("cautions", ())))
    return Answer(tuple(option["value"] for option in chosen), level, cautions)


def is_plain_no(text: str) -> bool:
    """Whether a typed answer says no and nothing else; "not sure" and "not going away" do not."""
    words = re.findall(r"[a-z']+|\d+", text.lower().replace("\u2019", "'"))
    denies = bool(words) and words[0] in NO_WORDS and words not in (["not"], ["never"], ["not", "now"])
    return (
        denies
        and len(words) <= MAX_NO_WORDS
        and AROUND_NO.issuperset(words)
        and not UNSURE.search(text.lower())
    )


def says_yes(text: str) -> bool:
    """Whether a typed answer begins with a yes."""
    words = re.findall(r"[a-z']+", text.lower())
    return bool(words) and words[0] in YES_WORDS


def _typed(
    text: str, options: list[dict[str, Any]], multiple: bool, may_be_none: bool
) -> list[dict[str, Any]] | None:
    """The options that a typed answer names: by number, by ordinal, or in words."""
    words = re.findall(r"[a-z']+|\d+", text)
    if UNSURE.search(text):
        return None
    exact = [option for option in options if " ".join(words) in map(_plain, _phrases(option))]
    if len(exact) == 1 or not words:
        return exact or None
    rest = [word for word in words if word not in FILLER]
    if len(rest) > 1:
        rest = [word for word in rest if word not in ("one", "ones")] or rest  # "the second one"
    numbers = [int(word) if word.isdigit() else ORDINALS.get(word) for word in rest]
    if rest and all(number is not None for number in numbers):
        picked = [len(options) if number == -1 else number for number in numbers if number is not None]
        if picked == [0]:
            return [] if may_be_none else None
        return (
            [options[n - 1] for n in sorted(set(picked))]
            if all(1 <= n <= len(options) for n in picked)
            else None
        )
    named = [(option, _longest(option, text)) for option in options] if len(words) <= MAX_WORDS else []
    named = [(option, phrase) for option, phrase in named if phrase]
    if named:
        said = " ".join(phrase for _, phrase in named).split()
        if NO_WORDS.intersection(words) - NO_WORDS.intersection(said):
            return (
                [] if may_be_none and not multiple else None
            )  # "i am not pregnant"; "no, not swollen" is asked again
        if multiple:
            return [option for option, _ in named]
        # One phrase may hold the other; of two alike the graver counts.
        meant, phrase = max(named, key=lambda pair: (len(pair[1]), CareLevel(pair[0]["level"]).rank))
        return [meant] if all(other in phrase for _, other in named) else None
    return [] if may_be_none and is_plain_no(text) else None


def _graver(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return max(one, other, key=lambda chosen: (CareLevel(chosen[0]["level"]).rank, chosen[0]["over"] or 0))


def _measured(text: str, options: list[dict[str, Any]], measure: Measure) -> list[dict[str, Any]] | None:
    """The option that an answer in numbers names ("8/10", "about 20 minutes", "since march")."""
    found = None if len(text.split()) > MAX_WORDS else amount(text, measure)
    reached = [o for o in options if found is not None and o.get("over") is not None and found > o["over"]]
    return [max(reached, key=lambda option: float(option["over"]))] if reached else None


def _phrases(option: dict[str, Any]) -> list[str]:
    return [option["title"].lower(), option["value"].replace("_", " "), *option.get("words", ())]


def _plain(phrase: str) -> str:
    return " ".join(re.findall(r"[a-z']+|\d+", phrase))


def _longest(option: dict[str, Any], text: str) -> str:
    """The longest phrase of an option that stands in the text; empty if none does."""
    plain = _plain(text)
    phrases = (_plain(phrase) for phrase in [option["title"].lower(), *option.get("words", ())])
    return max(
        (p for p in phrases if re.search(rf"(?<![\w']){re.escape(p)}(?![\w'])", plain)), key=len, default=""
    )


def summary(plan: CheckUpPlan, answers: dict[str, Answer]) -> str:
    """What was said and what to ask the doctor, in plain words, to copy and take along."""
    lines = ["What you told me:"]
    for question in plan.questions:
        answer = answers.get(question.id)
        if answer is None:
            continue
        said = [option.says for option in question.options if option.value in answer.values]
        if answer.unread:
            said = [f"I could not read your answer to: {question.text}"]
        lines += [f"- {text}" for text in said or ([question.none_says] if question.none_says else [])]
    lines += ["", "Questions to ask the doctor:", *(f"- {text}" for text in plan.ask_the_doctor)]
    return "\n".join(lines)
