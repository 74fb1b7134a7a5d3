"""Puts facts together into one short reply.

An answer holds 120 words at most for each subject asked about and 250 in all, sources not
counted; what does not fit waits for "more". A fact's caution is always said along with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from charley.answers.questions import Question, Questions
from charley.answers.reply import Block, Button, Kind, Points, Reply, Table, Text
from charley.facts import ATTRIBUTE_TITLES, Attribute, Fact, FactTable, Subject, SubjectKind

WORDS_PER_SUBJECT = 120
WORDS_IN_ALL = 250
MAX_FACTS = 5  # for each subject, before "more": what a hurried reader takes in
FEW = 2  # where one thing is asked and fewer facts answer it, what is near goes along
WITHIN = 1  # of each attribute, a fact on cramps that names the subject asked about
MAX_SUBJECTS = 3
MAX_BUTTONS = 3
MAX_CAUTIONS = 2  # along one fact: a caution may have one of its own
MAX_COMPARED = 3  # the same, where things stand side by side
MAX_PICTURES = 3
MAX_OF_SEVERAL = 3  # the same, where several questions are answered
ANY_CRAMP = "leg_cramps"
ANY_LACK = "nutrient_lack"
ANY_MEDICINE = "medicines"
SAFETY_NET = "see-someone-persistent"  # the fact that says when to see someone
COMPARISON = "ask_comparison"
PASSED_OVER = frozenset(
    {
        SubjectKind.REMEDY,
        SubjectKind.CAUSE,
        SubjectKind.GROUP,
        SubjectKind.FLUID,
        SubjectKind.CONTENT,
        SubjectKind.OUTSIDE,
    }
)
MORE = Button("More", "/ask_more")
NOT_REVIEWED = "No clinician has checked my facts yet. Each one stands as its source says it."
NO_MORE = "That is all I have on this. Ask me about another food, medicine or cramp."


@dataclass
class _Draft:
    """An answer in the making: what it says so far, and what did not fit."""

    table: FactTable
    limit: int
    reserved: int = 0
    lines: list[tuple[str, list[Fact]]] = field(default_factory=list)
    cautions: list[Fact] = field(default_factory=list)
    rest: list[Fact] = field(default_factory=list)

    @property
    def facts(self) -> list[Fact]:
        return [fact for _, facts in self.lines for fact in facts]

    @property
    def words(self) -> int:
        lead = sum(len(opening.split()) for opening, _ in self.lines)
        return self.reserved + lead + _words(self.facts) + _words(self.cautions)

    def open(self, opening: str = "") -> None:
        """Begin a line; `opening` stands before its facts."""
        self.lines.append((opening, []))

    def add(self, facts: Iterable[Fact], limit: int, at_most: int = MAX_FACTS) -> None:
        """Say what fits within `limit` words more (and within the whole): one at least."""
        ceiling = min(self.words + limit, self.limit)
        said = self.lines[-1][1]
        for fact in facts:
            if fact in self.facts or fact in self.cautions:
                continue
            cautions = self._cautions_of(fact)
            needed = len(fact.statement.split()) + _words(cautions)
            fits = self.words + needed <= ceiling and len(said) < at_most
            must = not said and (self.words + needed <= self.limit or not self.facts)
            if fits or must:
                said.append(fact)
                self.cautions += cautions
            else:
                self.rest.append(fact)

    def _cautions_of(self, fact: Fact) -> list[Fact]:
        """The cautions that must go along: the fact's own, and that one's in turn."""
        found: list[Fact] = []
        while fact.caution is not None and len(found) < MAX_CAUTIONS:
            fact = self.table.facts[fact.caution]
            if fact in (*self.facts, *self.cautions, *found):
                break
            found.append(fact)
        return found


@dataclass(frozen=True)
class Asked:
    """One question: an intent of `questions`, and the ids of the subjects named with it, in order.

    `perhaps`: the intent that may be meant instead; what is said answers both.
    """

    intent: str
    named: Sequence[str] = ()
    perhaps: str | None = None


def answer(
    table: FactTable,
    questions: Questions,
    asked: Sequence[Asked],
    without: Collection[Attribute] = (),
) -> Reply:
    """Answer one question or several, in order, in one reply; nothing is said twice.

    Args:
        asked: one question at least.
        without: attributes whose facts are not to be said now.

    Raises:
        KeyError: if an intent or a subject is unknown.
    """
    topics = [_topic(table, questions, one, without) for one in asked]
    net = list(dict.fromkeys(fact for topic in topics for fact in _safety_net(table, topic)))
    things = sum(len(topic.subjects) for topic in topics)
    draft = _Draft(table, WORDS_IN_ALL if things > 1 else WORDS_PER_SUBJECT, _words(net))
    share = min(WORDS_PER_SUBJECT - _words(net), (WORDS_IN_ALL - _words(net)) // things)
    for topic in topics:
        _say(draft, topic, share, MAX_OF_SEVERAL if len(topics) > 1 else MAX_FACTS, alone=things == 1)
    unsaid = bool(draft.rest)
    for topic in topics:
        draft.rest += topic.for_later(table)
    reply = _reply(draft, net, _buttons(table, questions, topics[0], unsaid))
    if topics[0].comparing and len(topics) == 1:
        reply = replace(reply, blocks=_tabled(draft, topics[0], reply.blocks))
    gaps = all(s.kind is SubjectKind.GAP for topic in topics for s in topic.subjects)
    if not draft.facts and gaps:
        return replace(reply, kind=Kind.DECLINE)  # an honest no, kindly said
    return reply


@dataclass(frozen=True)
class _Topic:
    """A question with what it is asked about.

    Attributes:
        asked: as it was put.
        question: as it is looked up.
        subjects: what is answered for, of all that was named.
        comparing: whether they are to stand side by side.
    """

    asked: Asked
    question: Question
    subjects: Sequence[Subject]
    comparing: bool

    def cramps(self, table: FactTable) -> list[str]:
        """The cramps that are meant: those named, and cramps in general."""
        kinds = {id_: table.subjects[id_].kind for id_ in self.asked.named}
        return [*(id_ for id_, kind in kinds.items() if kind is SubjectKind.CRAMP), ANY_CRAMP]

    def for_later(self, table: FactTable) -> list[Fact]:
        """What gave way is still worth hearing, for who wants more."""
        answered = {subject.id for subject in self.subjects}
        gave_way = [id_ for id_ in dict.fromkeys(self.asked.named) if id_ not in answered]
        later = [f for id_ in gave_way for f in table.about(id_, self.question.attributes)]
        return later + [f for subject in self.subjects for f in table.about(subject.id, self.question.later)]


def _topic(table: FactTable, questions: Questions, asked: Asked, without: Collection[Attribute]) -> _Topic:
    question = questions[asked.intent]
    if asked.perhaps:
        question = question.beside(questions[asked.perhaps])
    question = question.without(without)
    subjects = _subjects(table, question, asked.named, comparing=asked.intent == COMPARISON)
    comparing = asked.intent == COMPARISON and len(subjects) > 1
    if comparing:
        question = _side_by_side(table, question, subjects)
    return _Topic(asked, question, subjects, comparing)


def _say(draft: _Draft, topic: _Topic, limit: int, at_most: int, alone: bool) -> None:
    """Answer one question within so many words for each of its subjects; `alone`: nothing else is asked."""
    cramps = () if topic.comparing else topic.cramps(draft.table)
    found = {subject.id: _facts(draft.table, topic.question, subject, cramps) for subject in topic.subjects}
    shared = _shared(found.values())
    missing = [subject for subject in topic.subjects if not found[subject.id]]
    for subject in topic.subjects:
        if subject in missing:
            continue
        draft.open(f"{_capital(subject.name)}:" if topic.comparing else "")
        facts = sorted(found[subject.id], key=lambda fact: fact not in shared)
        if len(facts) < FEW and alone:
            near = draft.table.about(subject.id, [*topic.question.later, *topic.question.related])
            facts += [fact for fact in near if fact not in facts][: FEW - len(facts)]
        draft.add(facts, limit, MAX_COMPARED if topic.comparing else at_most)
    if missing:
        _add_related(draft, topic.question, missing)


def more(table: FactTable, rest: Sequence[str]) -> Reply:
    """Go on with facts that did not fit (`rest` of the reply before)."""
    facts = [table.facts[id_] for id_ in rest if id_ in table.facts]
    if not facts:
        return Reply(Kind.ANSWER, [Text(NO_MORE)])
    draft = _Draft(table, WORDS_PER_SUBJECT)
    draft.open()
    draft.add(facts, WORDS_PER_SUBJECT)
    return _reply(draft, [], [MORE] if draft.rest else [])


def show_sources(table: FactTable, said: Sequence[str]) -> Reply:
    """Tell where the facts of the reply before (`said`: their ids) come from."""
    facts = [table.facts[id_] for id_ in said if id_ in table.facts]
    sources = table.sources_of(facts)
    lines = [f"- {s.title} ({s.publisher}){f': {s.url}' if s.url else ''}" for s in sources]
    checked = max(fact.reviewed for fact in facts)
    named = "My last answer rests on:\n" + "\n".join(lines)
    return Reply(
        Kind.ANSWER, [Text(named), Text(f"Last checked on {checked}. {NOT_REVIEWED}")], facts, sources
    )


def _subjects(table: FactTable, question: Question, named: Sequence[str], comparing: bool) -> list[Subject]:
    """What is asked about: cramps give way to anything narrower that is named.

    Of several subjects those of a kind that people name in passing ("when I exercise", "at my
    age") count only where there is something to say about them.
    """
    subjects = [table.subjects[id_] for id_ in dict.fromkeys(named)]
    narrow = [subject for subject in subjects if subject.kind is not SubjectKind.CRAMP]
    if comparing and len(subjects) > 1 and len(narrow) < 2:
        return subjects[:MAX_SUBJECTS]
    telling = [a for a in question.attributes if a is not Attribute.DISAGREEMENT] or question.attributes
    answered = {subject.id for subject in subjects if table.about(subject.id, telling)}
    if answered.isdisjoint(s.id for s in narrow):  # "does a hot bath keep cramps away?": near is best
        remedies = [s.id for s in narrow if s.kind in (SubjectKind.REMEDY, SubjectKind.FLUID)]
        answered.update(id_ for id_ in remedies if table.about(id_, question.related))
    if question.subject not in named:  # the articles themselves are meant only where that is asked
        narrow = [s for s in narrow if s.kind is not SubjectKind.CONTENT or s.id in answered]
    in_passing = bool(narrow) and all(s.kind is SubjectKind.CAUSE for s in narrow)  # "at my desk my calf ..."
    if len(subjects) > 1 or question.lenient or (in_passing and not question.needs_subject):
        passed_over = set(SubjectKind) if question.lenient else PASSED_OVER
        narrow = [
            subject
            for subject in narrow
            if subject.id in answered or (subject.kind not in passed_over and subject.id != ANY_MEDICINE)
        ]
    kinds = {subject.kind for subject in narrow if subject.id != ANY_MEDICINE}
    if SubjectKind.NUTRIENT in kinds:
        narrow = [subject for subject in narrow if subject.id != ANY_LACK]
    if kinds & {SubjectKind.NUTRIENT, SubjectKind.MEDICINE}:  # "potassium pills"
        narrow = [subject for subject in narrow if subject.id != ANY_MEDICINE]
    if not narrow:
        narrow = [subject for subject in subjects if subject.kind is SubjectKind.CRAMP]
        if len(narrow) > 1:
            narrow = [subject for subject in narrow if subject.id != ANY_CRAMP]
    return narrow[:MAX_SUBJECTS] or [table.subjects[question.subject]]


def _side_by_side(table: FactTable, question: Question, subjects: Sequence[Subject]) -> Question:
    """The question narrowed to what every compared subject has facts on, and what tells them apart."""
    common = [
        a
        for a in question.attributes
        if all(table.about(s.id, [a]) for s in subjects)
        or (a is Attribute.DISTINGUISH and any(table.about(s.id, [a]) for s in subjects))
    ]
    return question.copy(update={"attributes": tuple(common)}) if common else question


def _facts(table: FactTable, question: Question, subject: Subject, cramps: Collection[str]) -> list[Fact]:
    """The facts that answer the question for one subject, most useful first.

    What is said of it among the facts on `cramps` goes along.
    """
    attributes = list(question.attributes)
    if subject.kind is SubjectKind.FOOD:
        attributes.append(Attribute.FOOD_SOURCES)  # whatever is asked of a food: what it provides
    facts = _each(table, subject.id, attributes, question.each, cramps)
    if subject.kind is SubjectKind.CRAMP or subject.id == question.subject:
        for wider in (ANY_CRAMP, question.subject):  # what holds for any cramp holds for this one
            facts = facts or _each(table, wider, attributes, question.each)
        others = [_each(table, other, attributes, question.each) for other in question.also]
        facts += [fact for group in others for fact in group[:1]]  # each is heard before any goes on
        facts += [fact for group in others for fact in group[1:]]
    if subject.kind is SubjectKind.NUTRIENT and Attribute.TESTS in attributes:
        facts = facts or table.about(ANY_LACK, [Attribute.TESTS])  # true of a lack of any of them
    return list(dict.fromkeys(facts))


def _each(
    table: FactTable,
    subject: str,
    attributes: Sequence[Attribute],
    each: int | None,
    cramps: Collection[str] = (),
) -> list[Fact]:
    """All facts on these attributes; with `each`, that many of every one first, then the others.

    Of each attribute, what the facts on `cramps` say of the subject comes after its own, if it has any.
    """
    whole = Attribute.DISAGREEMENT  # half of a disagreement would mislead
    facts, first = table.about(subject, attributes), list[Fact]()
    if not facts:
        return []
    for attribute in attributes:
        own = table.about(subject, [attribute])
        within = table.about_within(subject, cramps, attribute)
        first += [*own[: None if attribute is whole else each], *within[:WITHIN]]
    return list(dict.fromkeys([*first, *facts]))


def _add_related(draft: _Draft, question: Question, missing: Sequence[Subject]) -> None:
    """Say honestly what the table lacks, then what it does have on these subjects."""
    related = {s.id: draft.table.about(s.id, question.related) for s in missing}
    names = " or ".join(subject.name for subject in missing)
    if not any(related.values()):
        draft.open(f"I have no reviewed fact on that for {names}.")
        return
    draft.open(f"I have no reviewed fact on exactly that for {names}. What I do have:")
    for facts in related.values():
        draft.add(facts, WORDS_PER_SUBJECT // 2)


def _shared(groups: Iterable[Sequence[Fact]]) -> set[Fact]:
    """Facts that answer for more than one subject ("is there magnesium in spinach?")."""
    seen: set[Fact] = set()
    twice: set[Fact] = set()
    for group in groups:
        twice |= seen.intersection(group)
        seen |= set(group)
    return twice


def _safety_net(table: FactTable, topic: _Topic) -> list[Fact]:
    about_cramps = any(subject.kind is SubjectKind.CRAMP for subject in topic.subjects)
    return [table.facts[SAFETY_NET]] if topic.question.safety_net or about_cramps else []


def _buttons(table: FactTable, questions: Questions, topic: _Topic, more_to_say: bool) -> list[Button]:
    buttons = [MORE] if more_to_say else []
    subject = topic.subjects[0]
    for other in topic.question.next:
        question = questions[other]
        if other == topic.asked.intent:
            continue
        if table.about(subject.id, question.attributes):
            buttons.append(Button(question.title, f"/{other}{json.dumps({'subject': subject.id})}"))
        elif question.subject == ANY_CRAMP and question.safety_net:
            buttons.append(Button(question.title, f"/{other}{json.dumps({'subject': ANY_CRAMP})}"))
    return buttons[:MAX_BUTTONS]


def _reply(draft: _Draft, net: Sequence[Fact], buttons: Sequence[Button]) -> Reply:
    said = draft.facts
    closing = [fact for fact in net if fact not in said and fact not in draft.cautions]
    blocks: list[Block] = [
        Points([fact.statement for fact in facts], opening)
        for opening, facts in draft.lines
        if opening or facts
    ]
    for facts in (draft.cautions, closing):
        if facts:
            blocks.append(Text(" ".join(fact.statement for fact in facts)))
    facts = [*said, *draft.cautions, *closing]
    table = draft.table
    rest = dict.fromkeys(fact.id for fact in draft.rest if fact not in facts)
    pictures = table.pictures_of(said)[:MAX_PICTURES]
    return Reply(Kind.ANSWER, blocks, facts, table.sources_of(facts), buttons, list(rest), pictures)


def _tabled(draft: _Draft, topic: _Topic, blocks: Sequence[Block]) -> list[Block]:
    """The blocks of a comparison with what is told of its subjects, the first blocks, as one table.

    Where only one of them has anything to tell there is nothing to put side by side.
    """
    subjects = {f"{_capital(subject.name)}:": subject for subject in topic.subjects}
    told = [(opening.rstrip(":"), facts) for opening, facts in draft.lines if opening in subjects]
    if len(told) < 2:
        return list(blocks)
    rows = [
        (
            ATTRIBUTE_TITLES[attribute],
            [" ".join(f.statement for f in facts if f.attribute is attribute) for _, facts in told],
        )
        for attribute in dict.fromkeys(fact.attribute for _, facts in told for fact in facts)
    ]
    return [Table([name for name, _ in told], rows), *blocks[len(told) :]]


def _words(facts: Iterable[Fact]) -> int:
    return sum(len(fact.statement.split()) for fact in facts)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
