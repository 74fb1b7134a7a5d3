"""The project's files, each read once, and what they hold, with file and line.

Whatever a broken file stands in the way of raises `Unreadable`: a check that needs it is skipped, the
others run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from charley.answers.questions import QUESTIONS_FILE, Questions, QuestionsError, load_questions
from charley.care.check_up import CHECK_UP_FILE, CheckUpError, CheckUpPlan, load_check_up
from charley.care.flags import CARE_DIR, CareData, CareDataError, load_care
from charley.care.twins import near_twins
from charley.facts.load import FACTS_DIR, GAPS, PICTURES, TableError, load_table
from charley.facts.table import FactTable
from charley.trainers import files
from charley.trainers.check import nodes
from charley.trainers.check.parts import (
    Block,
    Message,
    Origin,
    Row,
    example_lines,
    read_rows,
    steps_of,
    strip_marks,
)
from charley.trainers.files import FileProblem

DOMAIN = Path("domain.yml")
CONFIG = Path("config.yml")
NLU, RULES, STORIES = Path("data/nlu"), Path("data/rules"), Path("data/stories")
FLAGS = CARE_DIR / "flags"
DRAWINGS = Path("widget/drawings")
TESTS = Path("tests")
# Folders of files that trainers write.
WRITTEN = (
    Path("data"),
    *(TESTS / name for name in ("held_out", "development", "conversations", "safety", "stories")),
)
TABLES = tuple(FACTS_DIR / f"{name}.csv" for name in ("sources", "subjects", "facts"))


class Unreadable(Exception):
    """A check can't be made, because of these files."""

    def __init__(self, *names: str) -> None:
        self.files = names
        super().__init__(", ".join(names))


class Project:
    """All that the checks look at, under `root`, the project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[Path, str | FileProblem] = {}
        self._trees: dict[Path, Any] = {}
        self._rows: dict[Path, list[Row] | FileProblem] = {}

    def name(self, path: Path) -> str:
        """A file as it is told: from the project's folder on."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    # ── Files ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def written(self) -> list[Path]:
        """Every YAML and CSV file that trainers write, the domain and the configuration among them."""
        found = [
            path
            for folder in WRITTEN
            for path in sorted((self.root / folder).rglob("*"))
            if path.suffix in (".yml", ".yaml", ".csv") and path.is_file()
        ]
        return [*found, *(path for path in (self.root / DOMAIN, self.root / CONFIG) if path.exists())]

    def under(self, *folders: Path) -> list[Path]:
        """Those below these folders."""
        return [p for p in self.written if any(p.is_relative_to(self.root / folder) for folder in folders)]

    def text(self, path: Path) -> str:
        """The text of a file, without a byte order mark.

        Raises:
            FileProblem: if it can't be read.
        """
        if path not in self._texts:
            try:
                self._texts[path] = files.read(path)
            except FileProblem as problem:
                self._texts[path] = problem
        text: str = _or_raise(self._texts[path])
        return text

    def problem(self, path: Path) -> FileProblem | None:
        """What keeps a file from being read at all: as text, as YAML or as CSV."""
        try:
            self._rows_of(path) if path.suffix == ".csv" else self._tree_of(path)
        except FileProblem as problem:
            return problem
        return None

    def readable(self, *paths: Path) -> None:
        """Go on only if these files, or all in these folders, can be read.

        Raises:
            Unreadable: naming those that can't.
        """
        found: list[Path] = []
        for path in (self.root / path for path in paths):
            found += [p for p in self.written if p.is_relative_to(path)] or [path]
        broken = [self.name(path) for path in found if self.problem(path)]
        if broken:
            raise Unreadable(*broken)

    def tree(self, path: Path) -> Any:
        """The tree of a YAML file, None where it is empty or can't be read."""
        return None if self.problem(path) else self._tree_of(path)

    def rows(self, path: Path) -> list[Row]:
        """The rows of a CSV file, its header first; none where it can't be read."""
        return [] if self.problem(path) else self._rows_of(path)

    def records(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a CSV file by column, and the line of each."""
        rows = self.rows(path)
        for row in rows[1:]:
            yield row.line, dict(zip(rows[0].cells, row.cells, strict=False))

    def _tree_of(self, path: Path) -> Any:
        if path not in self._trees:
            try:
                self._trees[path] = nodes.compose(path, self.text(path))
            except FileProblem as problem:
                self._trees[path] = problem
        return _or_raise(self._trees[path])

    def _rows_of(self, path: Path) -> list[Row]:
        if path not in self._rows:
            try:
                self._rows[path] = list(read_rows(path, self.text(path)))
            except FileProblem as problem:
                self._rows[path] = problem
        rows: list[Row] = _or_raise(self._rows[path])
        return rows

    # ── What they hold ───────────────────────────────────────────────────────────────────────

    @cached_property
    def table(self) -> FactTable:
        """The fact table."""
        self.readable(
            *TABLES, *(p for p in (FACTS_DIR / GAPS, FACTS_DIR / PICTURES) if (self.root / p).exists())
        )
        try:
            return load_table(self.root / FACTS_DIR)
        except TableError as error:
            raise Unreadable(*sorted({f"{FACTS_DIR}/{p.file}" for p in error.problems})) from error

    @cached_property
    def questions(self) -> Questions:
        """What each question looks up."""
        self.readable(QUESTIONS_FILE)
        try:
            return load_questions(self.root / QUESTIONS_FILE)
        except QuestionsError as error:
            raise Unreadable(str(QUESTIONS_FILE)) from error

    @cached_property
    def care(self) -> CareData:
        """The warning flags and all that goes with them."""
        self.readable(FLAGS, CARE_DIR / "words.yml", CARE_DIR / "cautions.yml")
        try:
            return load_care(self.root / CARE_DIR)
        except CareDataError as error:
            raise Unreadable(str(CARE_DIR)) from error

    @cached_property
    def check_up(self) -> CheckUpPlan:
        """The check-up."""
        self.readable(CHECK_UP_FILE)
        try:
            return load_check_up(self.root / CHECK_UP_FILE)
        except (CheckUpError, ValidationError) as error:
            raise Unreadable(str(CHECK_UP_FILE)) from error

    @cached_property
    def config(self) -> dict[str, Any]:
        """config.yml as it stands."""
        self.readable(CONFIG)
        found = nodes.plain(self.tree(self.root / CONFIG))
        return found if isinstance(found, dict) else {}

    def part_of_domain(self, key: str) -> list[tuple[str, int, Any]]:
        """Name, line and tree of each thing under a key of domain.yml (intents, responses …)."""
        self.readable(DOMAIN)
        part = nodes.child(self.tree(self.root / DOMAIN), key)
        found: list[tuple[str, int, Any]] = [
            (k.value, nodes.line_of(k), value) for k, value in nodes.pairs(part)
        ]
        for member in nodes.members(part):  # "- greet" or "- subject: {…}"
            name, value = next(nodes.pairs(member), (member, None))
            found.append((str(name.value), nodes.line_of(name), value))
        return found

    @cached_property
    def examples(self) -> list[Message]:
        """Every training example of the files that can be read; `label` is its intent."""
        return [
            Message(strip_marks(text), path, line, Origin.EXAMPLE, intent, text)
            for path in self.under(NLU)
            for item in nodes.members(nodes.child(self.tree(path), "nlu"))
            if (intent := nodes.scalar(nodes.child(item, "intent")))
            for line, text in example_lines(nodes.child(item, "examples"))
        ]

    @cached_property
    def wordings(self) -> list[Message]:
        """Every wording of the warning flags; `label` is its level and family."""
        return [found for path in self.under(FLAGS) for found in self._families(path, Origin.WORDING)]

    @cached_property
    def blocks(self) -> list[Block]:
        """Every rule and story of the files that can be read."""
        return [
            Block(kind, nodes.scalar(name) or "", path, nodes.line_of(name), tuple(steps_of(item)))
            for path in self.under(RULES, STORIES)
            for kind, key in (("rule", "rules"), ("story", "stories"))
            for item in nodes.members(nodes.child(self.tree(path), key))
            if (name := nodes.child(item, kind)) is not None
        ]

    @cached_property
    def tests(self) -> list[Message]:
        """Every message that the tests say, of the files that can be read."""
        found: list[Message] = []
        for path in self.under(TESTS):
            if path.suffix == ".csv":
                for line, row in self.records(path):
                    found += [Message(row[c], path, line, Origin.TEST) for c in TEST_COLUMNS if row.get(c)]
            elif path.parent.name == "care":
                found += self._families(path, Origin.TEST)
            else:
                found += self._said(path)
        return found

    @cached_property
    def twins(self) -> list[tuple[Message, Message]]:
        """Messages with the same words but for one at most, examples, wordings and tests together."""
        pool = [*self.examples, *self.wordings, *self.tests]
        return [(pool[one], pool[other]) for one, other in near_twins([m.text for m in pool])]

    def _families(self, path: Path, origin: Origin) -> Iterator[Message]:
        tree = self.tree(path)
        flag, level = (nodes.scalar(nodes.child(tree, key)) or "" for key in ("flag", "level"))
        for part, reached in (("families", level), ("look_alikes", "none"), ("lesser", "")):
            for family in nodes.members(nodes.child(tree, part)):
                name = nodes.scalar(nodes.child(family, "name")) or ""
                own = reached or nodes.scalar(nodes.child(family, "level")) or "none"
                for wording in nodes.members(nodes.child(family, "wordings")):
                    text, line = nodes.scalar(wording) or "", nodes.line_of(wording)
                    yield Message(text, path, line, origin, f"{own} {flag}/{name}")

    def _said(self, path: Path) -> Iterator[Message]:
        for node in nodes.walk(self.tree(path)):
            for key, value in nodes.pairs(node):
                if key.value == "user" and isinstance(value, yaml.ScalarNode):
                    below = value.style in ("|", ">")
                    marked, line = value.value.strip(), nodes.line_of(value) + below
                    if not marked.startswith("/"):
                        yield Message(strip_marks(marked), path, line, Origin.TEST, "", marked)


TEST_COLUMNS = ("text", "question", "minimised", "variant")  # of tests/*/*.csv that hold a message


def _or_raise(value: Any) -> Any:
    if isinstance(value, FileProblem):
        raise value
    return value
