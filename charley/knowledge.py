"""Everything that a trained model knows besides its weights: facts, questions, warning signs.

Training compiles it once, checked, into `knowledge.json`, kept inside the model archive. Whatever
runs (NLU, actions, page) reads that snapshot, never data/: a broken table stops training, not a bot.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from charley.answers.compose import SAFETY_NET
from charley.answers.questions import QUESTIONS_FILE, Questions, QuestionsError, load_questions
from charley.care.cautions import left_out
from charley.care.check_up import CHECK_UP_FILE, CheckUpError, CheckUpPlan, load_check_up
from charley.care.flags import CARE_DIR, CareData, CareDataError, load_care
from charley.care.numbers import NUMBERS_FILE, Numbers, NumbersError, load_numbers
from charley.facts.load import FACTS_DIR, load_table
from charley.facts.schema import Attribute
from charley.facts.table import FactTable

SNAPSHOT = "knowledge.json"
MODEL_VARIABLE = "CHARLEY_MODEL"  # set by `charley run` and `charley converse`
DEFAULT_MODEL = "models/charley.tar.gz"
__all__ = [
    "SNAPSHOT",
    "Knowledge",
    "KnowledgeError",
    "data_fingerprint",
    "knowledge_at_hand",
    "load_knowledge",
    "read_model",
]


class KnowledgeError(ValueError):
    """The data can't be used; the message names file, place and what is wrong, a line each."""


@dataclass(frozen=True)
class Knowledge:
    """Facts, questions and all about care, checked and fitting together."""

    table: FactTable
    questions: Questions
    care: CareData
    check_up: CheckUpPlan
    numbers: Numbers

    @cached_property
    def forbidden(self) -> dict[str, dict[str, str]]:
        """Of each caution (by id) the facts that it forbids, each with what to say instead."""
        return {c.id: left_out(self.table.facts.values(), [c]) for c in self.care.cautions}

    def to_json(self) -> str:
        parts = {
            "facts": self.table.snapshot(),
            "questions": self.questions.snapshot(),
            "care": self.care.snapshot(),
            "check_up": json.loads(self.check_up.json()),
            "numbers": json.loads(self.numbers.json()),
        }
        return json.dumps(parts, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Knowledge:
        parts: dict[str, Any] = json.loads(text)
        return cls(
            FactTable.parse_obj(parts["facts"]),
            Questions.parse_obj(parts["questions"]),
            CareData.parse_obj(parts["care"]),
            CheckUpPlan.parse_obj(parts["check_up"]),
            Numbers.parse_obj(parts["numbers"]),
        )


def load_knowledge(root: Path = Path()) -> Knowledge:
    """Read and check data/ under `root` (the project's folder); again only when a file has changed.

    Raises:
        KnowledgeError: if anything is wrong; every problem of the first broken part is named.
    """
    return _load(root.resolve(), data_fingerprint(root))


@lru_cache(maxsize=1)  # a training asks for it once for each component, and reading it takes seconds
def _load(root: Path, _fingerprint: str) -> Knowledge:
    try:
        table = load_table(root / FACTS_DIR)
        questions = load_questions(root / QUESTIONS_FILE)
        questions.check(table)
        care = load_care(root / CARE_DIR)
        check_up = load_check_up(root / CHECK_UP_FILE)
        numbers = load_numbers(root / NUMBERS_FILE)
    except (QuestionsError, CareDataError, CheckUpError, NumbersError, ValueError) as error:
        raise KnowledgeError(str(error)) from error
    net = table.facts.get(SAFETY_NET)
    if net is None or net.attribute is not Attribute.SEE_SOMEONE:
        raise KnowledgeError(
            f"facts.csv: the fact {SAFETY_NET!r} on {Attribute.SEE_SOMEONE.value} is missing"
        )
    return Knowledge(table, questions, care, check_up, numbers)


def read_model(archive: Path) -> Knowledge:
    """Read the snapshot out of a trained model (models/….tar.gz).

    Raises:
        KnowledgeError: if the file is no model of Charley's.
    """
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if Path(member.name).name == SNAPSHOT:
                    content = tar.extractfile(member)
                    assert content is not None  # a regular file always has content
                    return Knowledge.from_json(content.read().decode("utf-8"))
    except (OSError, tarfile.TarError) as error:
        raise KnowledgeError(f"{archive}: {error}") from error
    raise KnowledgeError(f"{archive} holds no {SNAPSHOT}: it was not trained by this project")


@lru_cache(maxsize=1)
def knowledge_at_hand() -> Knowledge:
    """The snapshot in the model that this process serves, read once.

    Raises:
        KnowledgeError: if there is no model.
    """
    return read_model(Path(os.environ.get(MODEL_VARIABLE, DEFAULT_MODEL)))


def data_fingerprint(root: Path = Path()) -> str:
    """A hash over every file that `load_knowledge` reads."""
    digest = hashlib.sha256()
    folders = [root / FACTS_DIR, root / CARE_DIR]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    for path in [*files, root / QUESTIONS_FILE]:
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()
