"""Checks of the files themselves: whether they can be read at all, and by whom."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from charley.answers.questions import QUESTIONS_FILE
from charley.care.check_up import CHECK_UP_FILE
from charley.care.flags import CARE_DIR
from charley.care.numbers import NUMBERS_FILE
from charley.facts.load import FACTS_DIR, GAPS, PICTURES
from charley.trainers.check import nodes
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.fixes import as_written, has_mark
from charley.trainers.check.project import FLAGS, NLU, RULES, STORIES, TABLES, Project
from charley.trainers.files import FileProblem

MARKERS = re.compile(r"^(?:<{7} |={7}$|>{7} )")
TAB = re.compile(r"^ *\t")
BLANKS = re.compile(r"[ \t]+$")
LEFT_OUT = FACTS_DIR / "left_out.csv"
# What someone reads; of the folders, every .yml in them.
READ = {
    QUESTIONS_FILE, CHECK_UP_FILE, NUMBERS_FILE, LEFT_OUT, CARE_DIR / "words.yml", CARE_DIR / "cautions.yml",
    CARE_DIR / "README.md", FACTS_DIR / GAPS, FACTS_DIR / PICTURES, *TABLES,
}  # fmt: skip
NEEDED = (
    *TABLES,
    QUESTIONS_FILE,
    CHECK_UP_FILE,
    NUMBERS_FILE,
    CARE_DIR / "words.yml",
    CARE_DIR / "cautions.yml",
)
FOLDERS = {NLU: ("nlu",), RULES: ("rules", "stories"), STORIES: ("rules", "stories"), FLAGS: ("flag",)}
AS_EXAMPLES = "Write `examples: |` and below it one example a line, indented, with a dash before each."
LOST = "What can't be read is not in Charley's mind: training stops here."


def lines(project: Project, path: Path) -> list[str]:
    """The lines of a file; none where it is no text."""
    try:
        text = project.text(path)
    except FileProblem:
        return []
    return text.removesuffix("\n").replace("\r\n", "\n").split("\n") if text else []


@check("unreadable-file", why=LOST, mend="Mend the line, or take the file back from version control.")
def unreadable_file(project: Project) -> Iterator[Found]:
    """A file that is not UTF-8 text, not YAML, or not CSV (a quotation mark not closed, say)."""
    for path in project.written:
        problem = project.problem(path)
        if problem is None:
            continue
        text = lines(project, path)
        told = problem.line and TAB.match(text[min(problem.line, len(text)) - 1]) if text else None
        if not told and not any(MARKERS.match(line) for line in text):
            yield Found(path, problem.line, f"The file {problem.message}")


@check(
    "missing-file",
    why=LOST,
    mend="Take it back from version control. If you moved it, move it back.",
)
def missing_file(project: Project) -> Iterator[Found]:
    """A file that Charley can't do without and that is gone, or empty (half-saved)."""
    for path in (project.root / name for name in NEEDED):
        if not path.exists():
            yield Found(path, None, "The file is missing.")
    for path in project.written:
        if not project.problem(path) and not project.text(path).strip():
            yield Found(path, None, "The file is empty: was it cut off while it was saved?")


@check(
    "conflict-markers",
    why="Two people changed the same lines, and version control left both versions in the file.",
    mend="Keep one of the two versions (or both) and delete the lines that begin with <<<<<<<, ======= and >>>>>>>.",
)
def conflict_markers(project: Project) -> Iterator[Found]:
    """Lines that version control leaves where two people changed the same place."""
    for path in project.written:
        for number, line in enumerate(lines(project, path), start=1):
            if MARKERS.match(line):
                yield Found(path, number, f"A line of an unfinished merge: {line[:20]!r}.")


@check(
    "tabs",
    why="YAML is indented with spaces alone; a tab breaks the file or hides where a line belongs.",
    mend="Put spaces in its place.",
    fixable=True,
)
def tabs(project: Project) -> Iterator[Found]:
    """A line of YAML that is indented with a tab."""
    for path in project.written:
        if path.suffix != ".csv":
            for number, line in enumerate(lines(project, path), start=1):
                if TAB.match(line):
                    yield Found(path, number, "The line is indented with a tab.")


@check(
    "byte-order-mark",
    why="The invisible mark that some spreadsheets put before the first letter becomes part of the first word.",
    mend="Save it as UTF-8 without a byte order mark.",
    severity=Severity.WARNING,
    fixable=True,
)
def byte_order_mark(project: Project) -> Iterator[Found]:
    """A file that begins with a byte order mark."""
    for path in project.written:
        if has_mark(path):
            yield Found(path, 1, "The file begins with a byte order mark.")


@check(
    "windows-line-ends",
    why="The next one to save it changes every line, and nobody sees in the diff what was changed.",
    mend="Save it with Unix line ends (LF).",
    severity=Severity.WARNING,
    fixable=True,
)
def windows_line_ends(project: Project) -> Iterator[Found]:
    """A file whose lines end as on Windows."""
    for path in project.written:
        if lines(project, path) and "\r" in (text := project.text(path)):
            yield Found(path, text[: text.index("\r")].count("\n") + 1, "Lines end with CR LF.")


@check(
    "trailing-spaces",
    why="They show up as changes in a diff though nothing was changed.",
    mend="Delete them.",
    severity=Severity.NOTE,
    fixable=True,
)
def trailing_spaces(project: Project) -> Iterator[Found]:
    """A line of YAML that ends in spaces."""
    for path in project.written:
        if path.suffix != ".csv":
            for number, line in enumerate(lines(project, path), start=1):
                if BLANKS.search(line):
                    yield Found(path, number, "The line ends in spaces.")


@check(
    "final-line-end",
    why="A file that stops in the middle of a line may have been cut off, and the next row added sticks to its last.",
    mend="See that nothing is missing, and end the last line.",
    severity=Severity.WARNING,
    fixable=True,
)
def final_line_end(project: Project) -> Iterator[Found]:
    """A file whose last line has no end."""
    for path in project.written:
        found = lines(project, path)
        if found and not project.text(path).endswith("\n"):
            yield Found(path, len(found), "The last line has no line end.")


@check(
    "repeated-key",
    why="Only one of the two counts: what stands under the other is lost without a word.",
    mend="Merge the two, or rename one.",
)
def repeated_key(project: Project) -> Iterator[Found]:
    """The same key twice in one place of a YAML file (an intent of data/questions.yml, say)."""
    for path in project.written:
        if path.suffix != ".csv" and (tree := project.tree(path)) is not None:
            for key, before in nodes.repeated_keys(tree):
                yield Found(path, nodes.line_of(key), f"{key.value!r} stands in line {before} already.")


@check(
    "cell-count",
    why="The cells after the fault slip into the wrong columns.",
    mend='Put quotation marks round the cell that holds a comma ("leg, foot"), or add what is missing.',
)
def cell_count(project: Project) -> Iterator[Found]:
    """A row of a CSV file with too many or too few cells."""
    for path in project.written:
        rows = project.rows(path) if path.suffix == ".csv" else []
        for row in rows[1:]:
            if any(row.cells) and len(row.cells) != len(rows[0].cells):
                yield Found(
                    path,
                    row.line,
                    f"The row has {len(row.cells)} cells; the header has {len(rows[0].cells)}.",
                )


@check(
    "csv-quoting",
    why="A file written in two ways shows changes in a diff where nothing was changed.",
    mend="Put quotation marks round cells that hold a comma or a quotation mark, and round no others.",
    severity=Severity.NOTE,
    fixable=True,
)
def csv_quoting(project: Project) -> Iterator[Found]:
    """A row of a table in data/ that is not quoted as a program would write it."""
    for path in project.under(Path("data")):
        if path.suffix == ".csv":
            text = lines(project, path)
            for row in project.rows(path):
                written = as_written(row.cells)
                if row.cells and "\n" not in written and text[row.line - 1] != written:
                    yield Found(
                        path, row.line, "The row has quotation marks that it does not need, or lacks some."
                    )


@check(
    "unread-file",
    why="Nobody reads it: what you write there changes nothing.",
    mend="Move it to where it is read, end its name in .yml, or delete it.",
    severity=Severity.WARNING,
)
def unread_file(project: Project) -> Iterator[Found]:
    """A file in data/ that nobody reads (another ending, another folder, no examples in it)."""
    for path in sorted((project.root / "data").rglob("*")):
        if not path.is_file() or path.relative_to(project.root) in READ:
            continue
        folder = next((f for f in FOLDERS if path.is_relative_to(project.root / f)), None)
        if folder is None:
            yield Found(path, None, "Nothing in this place is read under this name.")
        elif path.suffix != ".yml" or path.name.startswith("."):
            yield Found(path, None, f"Of {folder} only files that end in .yml are read.")
        elif not project.problem(path):
            tree = project.tree(path)
            if tree is not None and not any(nodes.child(tree, key) is not None for key in FOLDERS[folder]):
                yield Found(path, 1, f"The file has no {' and no '.join(FOLDERS[folder])} at its top level.")


@check(
    "unknown-part",
    why="Rasa passes over what it does not know, or stops.",
    mend="Look at the file beside it for the form.",
)
def unknown_part(project: Project) -> Iterator[Found]:
    """A part of an examples file that is no intent with a list of examples."""
    for path in project.under(NLU):
        for item in nodes.members(nodes.child(project.tree(path), "nlu")):
            keys = {key.value for key, _ in nodes.pairs(item)}
            name = next((k for k in ("intent", "synonym", "regex", "lookup") if k in keys), None)
            if name is None:
                yield Found(
                    path, nodes.line_of(item), "This part is neither intent, synonym, regex nor lookup."
                )
                continue
            if not nodes.scalar(nodes.child(item, name)):
                yield Found(path, nodes.line_of(item), f"The {name} has no name.")
            listed = nodes.child(item, "examples")
            if listed is None or not nodes.scalar(listed):
                yield Found(path, nodes.line_of(item), f"The {name} has no examples.", AS_EXAMPLES)
                continue
            for offset, line in enumerate(listed.value.split("\n"), start=nodes.line_of(listed) + 1):
                if line.strip() and not line.strip().startswith("-"):
                    yield Found(path, offset, f"The example has no dash before it: {line.strip()!r}.")
                elif line.strip() == "-":
                    yield Found(path, offset, "The example is empty.")


@check(
    "repeated-name",
    why="Rasa can't tell which of the two is meant, and reports name neither.",
    mend="Give one of the two another name.",
    severity=Severity.WARNING,
)
def repeated_name(project: Project) -> Iterator[Found]:
    """A rule or story, a warning sign's family or a test dialogue with the name of another."""
    counts = Counter((block.kind, block.name) for block in project.blocks)
    first: dict[tuple[str, str], str] = {}
    for block in project.blocks:
        key = (block.kind, block.name)
        if counts[key] > 1 and key in first:
            yield Found(
                block.path, block.line, f"The {block.kind} {block.name!r} stands at {first[key]} already."
            )
        first.setdefault(key, f"{project.name(block.path)}:{block.line}")
    for path in project.under(FLAGS):
        names: dict[str, int] = {}
        for part in ("families", "look_alikes", "lesser"):
            for family in nodes.members(nodes.child(project.tree(path), part)):
                name = nodes.child(family, "name")
                if name is not None and names.setdefault(name.value, nodes.line_of(name)) != nodes.line_of(
                    name
                ):
                    yield Found(
                        path,
                        nodes.line_of(name),
                        f"The family {name.value!r} stands in line {names[name.value]} already.",
                    )
