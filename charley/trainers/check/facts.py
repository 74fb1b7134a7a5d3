"""Checks of the fact table, the questions and the drawings."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from charley.answers.compose import SAFETY_NET
from charley.answers.questions import QUESTIONS_FILE, Questions, QuestionsError, load_questions
from charley.care.numbers import NUMBERS_FILE
from charley.facts.load import FACTS_DIR, PICTURES, TableError
from charley.facts.schema import LIST_SEPARATOR, Attribute, EvidenceGrade, SubjectKind
from charley.trainers.check import nodes
from charley.trainers.check.finding import Found, Severity, check
from charley.trainers.check.fixes import SUBJECTS
from charley.trainers.check.project import DRAWINGS, Project, Unreadable

FACTS, NUMBERS = (
    FACTS_DIR / "facts.csv",
    re.compile(r"(?<![A-Za-z\d])(?<![A-Za-z]-)\d"),
)  # not those of B12, omega-3
REVIEWED_FOR = datetime.timedelta(days=365)  # how long a review or a look at a number's page holds
# What people ask of a subject of each kind; of a set, one is enough.
WANTED: dict[SubjectKind, tuple[frozenset[Attribute], ...]] = {
    SubjectKind.NUTRIENT: (
        frozenset({Attribute.DEFINITION, Attribute.ROLE, Attribute.ROLE_IN_CRAMPS}),
        frozenset({Attribute.FOOD_SOURCES}),
        frozenset({Attribute.DEFICIENCY_SIGNS}),
        frozenset({Attribute.INTAKE}),
        frozenset({Attribute.SAFETY}),
    ),
    SubjectKind.FLUID: (frozenset({Attribute.HYDRATION, Attribute.EVIDENCE, Attribute.ROLE}),),
    SubjectKind.MEDICINE: (
        frozenset({Attribute.EFFECT}),
        frozenset({Attribute.SAFETY, Attribute.SEE_SOMEONE}),
    ),
    SubjectKind.CONDITION: (
        frozenset({Attribute.DEFINITION, Attribute.DISTINGUISH}),
        frozenset({Attribute.SEE_SOMEONE, Attribute.DISTINGUISH}),
    ),
    SubjectKind.CRAMP: (
        frozenset({Attribute.DEFINITION}),
        frozenset({Attribute.RELIEF, Attribute.PREVENTION}),
    ),
    SubjectKind.REMEDY: (frozenset({Attribute.EVIDENCE, Attribute.RELIEF, Attribute.PREVENTION}),),
}


def lines_of(project: Project, name: str) -> dict[str, int]:
    """The line of each row of a table of data/facts/, by id."""
    return {row.get("id", "").strip(): line for line, row in project.records(project.root / FACTS_DIR / name)}


@check(
    "fact-table",
    why="A table that does not hold together stops training; the model before it goes on answering.",
    mend="Mend the cell. What each column may hold stands in README.md, under data/facts/.",
)
def fact_table(project: Project) -> Iterator[Found]:
    """A row of data/facts/ that is not valid, or that names a subject, source or fact that there is not."""
    try:
        _ = project.table
    except Unreadable as error:
        if not isinstance(error.__cause__, TableError):
            raise
        for problem in error.__cause__.problems:
            path = project.root / FACTS_DIR / problem.file
            rows = project.rows(path)
            line = rows[problem.row - 1].line if problem.row <= len(rows) else problem.row
            if problem.column != "-":  # else it is told of the file
                yield Found(path, line, f"Column {problem.column}: {problem.message}.")


@check(
    "safety-net",
    why="It closes most answers: without it nobody is told when to see someone.",
    mend=f"Put the fact {SAFETY_NET!r} on {Attribute.SEE_SOMEONE.value} back.",
)
def safety_net(project: Project) -> Iterator[Found]:
    """The fact on when to see someone that closes answers is there."""
    net = project.table.facts.get(SAFETY_NET)
    if net is None or net.attribute is not Attribute.SEE_SOMEONE:
        yield Found(project.root / FACTS, None, f"The fact {SAFETY_NET!r} is missing.")


@check(
    "questions",
    why="An intent that looks up what there is not gets no answer; training stops.",
    mend="See the head of data/questions.yml for what each field may hold.",
)
def questions(project: Project) -> Iterator[Found]:
    """An entry of data/questions.yml with an unknown attribute, question or subject, or too long a title."""
    path = project.root / QUESTIONS_FILE
    project.readable(QUESTIONS_FILE)
    tree = project.tree(path)
    try:
        known = load_questions(path).by_intent
    except QuestionsError as error:
        for told in str(error).splitlines():
            place, _, message = told.removeprefix(f"{path.name}, ").partition(": ")
            entry = place or message.split(" ")[0].rstrip(":")
            yield Found(
                path, nodes.place(tree, entry.split(".")) if tree else None, f"{place or 'Entry'}: {message}."
            )
        return
    for intent, question in known.items():
        try:
            Questions.construct(by_intent={intent: question}).check(project.table)
        except QuestionsError as error:
            yield Found(path, nodes.place(tree, [intent]), f"{str(error).removeprefix(f'{path.name}, ')}.")


@check(
    "unanswerable-question",
    why="Who asks it without naming anything gets no answer.",
    mend="Write a fact on it, or give the question another `subject` or `needs_subject: true`.",
)
def unanswerable_question(project: Project) -> Iterator[Found]:
    """A question that needs no subject and that no fact of its own subject answers."""
    tree = project.tree(project.root / QUESTIONS_FILE)
    for intent, question in project.questions.by_intent.items():
        if question.subject not in project.table.subjects or question.needs_subject:
            continue
        if not project.table.about(question.subject, question.attributes):
            line = nodes.place(tree, [intent, "attributes"])
            yield Found(
                project.root / QUESTIONS_FILE, line, f"{intent}: {question.subject} has no fact on that."
            )


@check(
    "repeated-name-of-subject",
    why="It counts once; the second only makes the list longer to read.",
    mend="Delete the second.",
    severity=Severity.WARNING,
    fixable=True,
)
def repeated_name_of_subject(project: Project) -> Iterator[Found]:
    """A name that is listed twice for one subject."""
    for path in (project.root / name for name in SUBJECTS):
        for line, row in project.records(path) if path.exists() else ():
            names = [name.strip().lower() for name in (row.get("names") or "").split(LIST_SEPARATOR)]
            for name in sorted({name for name in names if names.count(name) > 1}):
                yield Found(path, line, f"{row.get('id')}: the name {name!r} is listed twice.")


@check(
    "unreachable-fact",
    why="Nobody who asks is ever told it.",
    mend="Give it an attribute that a question of data/questions.yml looks up, or add the attribute to a question.",
    severity=Severity.WARNING,
)
def unreachable_fact(project: Project) -> Iterator[Found]:
    """A fact that no question looks up: its attribute is in none, or its subject is declined."""
    asked = {
        attribute
        for question in project.questions.by_intent.values()
        for attribute in (*question.attributes, *question.later, *question.related)
    }
    cautions = {fact.caution for fact in project.table.facts.values()}
    lines = lines_of(project, FACTS.name)
    for fact in project.table.facts.values():
        subject = project.table.subjects[fact.subject]
        if fact.id in cautions or fact.id == SAFETY_NET:
            continue
        if fact.attribute not in asked:
            what = f"{fact.id}: no question looks up {fact.attribute.value}."
            yield Found(project.root / FACTS, lines.get(fact.id), what)
        elif subject.kind in (SubjectKind.OUTSIDE, SubjectKind.GAP):
            what = f"{fact.id}: its subject {subject.id} is of the kind {subject.kind.value}, which is never answered."
            yield Found(project.root / FACTS, lines.get(fact.id), what, "Give the subject another kind.")


@check(
    "subject-without-facts",
    why="Charley knows its name and has nothing to say of it.",
    mend="Write a fact on it, or move its row to data/facts/gaps.csv, where it gets an honest no.",
    severity=Severity.WARNING,
)
def subject_without_facts(project: Project) -> Iterator[Found]:
    """A subject on which the table holds no fact at all, of its own or of another that names it."""
    lines = lines_of(project, "subjects.csv")
    for subject in project.table.subjects.values():
        silent = subject.kind in (SubjectKind.GAP, SubjectKind.OUTSIDE)
        if not silent and not project.table.attributes_of(subject.id):
            yield Found(project.root / SUBJECTS[0], lines.get(subject.id), f"{subject.id} has no fact.")


@check(
    "subject-with-gaps",
    why="People ask this of every subject of its kind, and get an honest no.",
    mend="Write a row in data/facts/facts.csv, if a source says it.",
    severity=Severity.NOTE,
)
def subject_with_gaps(project: Project) -> Iterator[Found]:
    """A subject that lacks what people ask of its kind (of a nutrient: foods, signs of a lack …)."""
    lines = lines_of(project, "subjects.csv")
    for subject in project.table.subjects.values():
        held = set(project.table.attributes_of(subject.id))
        lacking = [
            " or ".join(sorted(a.value for a in any_of))
            for any_of in WANTED.get(subject.kind, ())
            if not any_of & held
        ]
        if held and lacking:
            yield Found(
                project.root / SUBJECTS[0],
                lines.get(subject.id),
                f"{subject.id}: no fact on {', '.join(lacking)}.",
            )


@check(
    "old-review",
    why="Advice changes: what nobody has looked at for a year may no longer hold.",
    mend="Read the source again, change the fact if it must be, and put the day in.",
    severity=Severity.WARNING,
)
def old_review(project: Project) -> Iterator[Found]:
    """A fact, or a phone number, that was last looked at more than a year ago."""
    for name, column, id_ in ((FACTS, "reviewed", "id"), (NUMBERS_FILE, "read", "country")):
        for line, row in project.records(project.root / name):
            try:
                day = datetime.date.fromisoformat((row.get(column) or "").strip())
            except ValueError:
                continue  # told with the table
            if datetime.date.today() - day > REVIEWED_FOR:
                yield Found(project.root / name, line, f"{row.get(id_)} was last looked at on {day}.")


@check(
    "number-without-source",
    why="A number is what people act on. The founding articles cite nobody for theirs.",
    mend="Name the publication that gives the number, or leave the number out.",
)
def number_without_source(project: Project) -> Iterator[Found]:
    """A number in a fact that only articles without references give."""
    lines = lines_of(project, FACTS.name)
    for fact in project.table.facts.values():
        kinds = {source.kind for source in project.table.sources_of([fact])}
        if (
            NUMBERS.search(fact.statement)
            and kinds == {EvidenceGrade.ARTICLE}
            and fact.attribute is not Attribute.ABOUT
        ):
            yield Found(
                project.root / FACTS,
                lines.get(fact.id),
                f"{fact.id}: {fact.statement!r} rests on articles alone.",
            )


@check(
    "unused-source",
    why="A list of sources is read as what the facts rest on.",
    mend="Delete the row, or name the source with the facts that rest on it.",
    severity=Severity.WARNING,
)
def unused_source(project: Project) -> Iterator[Found]:
    """A source that no fact names."""
    used = {source for fact in project.table.facts.values() for source in fact.sources}
    lines = lines_of(project, "sources.csv")
    for id_ in project.table.sources:
        if id_ not in used:
            yield Found(
                project.root / FACTS_DIR / "sources.csv", lines.get(id_), f"No fact rests on {id_!r}."
            )


@check(
    "unused-picture",
    why="A row without a drawing shows a gap; a drawing without a row or a fact is never shown.",
    mend="The drawing of the row `calf` is widget/drawings/calf.svg (and calf.png for platforms).",
    severity=Severity.WARNING,
)
def unused_picture(project: Project) -> Iterator[Found]:
    """A drawing that no fact shows, or a row of pictures.csv without a drawing."""
    path = project.root / FACTS_DIR / PICTURES
    if not path.exists():
        return
    lines = lines_of(project, PICTURES)
    for picture in project.table.pictures.values():
        if not picture.facts:
            yield Found(path, lines.get(picture.id), f"{picture.id} is shown with no fact.")
    drawings = project.root / DRAWINGS
    if not drawings.is_dir():
        return
    drawn = {file.stem: file for file in sorted(drawings.glob("*.svg"))}
    for id_ in project.table.pictures:
        if id_ not in drawn:
            yield Found(path, lines.get(id_), f"There is no drawing {DRAWINGS}/{id_}.svg.")
    for stem, file in drawn.items():
        if stem not in project.table.pictures:
            yield Found(file, None, f"The drawing has no row in {PICTURES}.")
