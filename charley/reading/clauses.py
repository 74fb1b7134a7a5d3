"""Where one question of a message ends and the next begins."""

from __future__ import annotations

from itertools import pairwise

from spacy.tokens import Doc, Span

ENDS = frozenset(".!?;\n")
LINKS = frozenset([",", "-", ":", "&", "and", "an", "n", "also", "plus", "then", "but", "oh"])
ASKED = frozenset(
    ["what", "whats", "what's", "wat", "wats", "wot", "whatll", "what'll", "what'd", "why", "whys", "why's",
     "how", "hows", "how's", "how'd", "which", "whether"]
)  # fmt: skip
OPENERS = ASKED | frozenset(
    ["when", "whens", "when's", "wen", "where", "wheres", "where's", "who", "whos", "who's", "is", "are", "am",
     "do", "does", "did", "can", "could", "should", "shud", "shall", "will", "would", "wud", "ought", "may",
     "has", "have", "was", "were", "any", "anything"]
)  # fmt: skip
ASKING = frozenset(
    ["tell", "explain", "list", "show", "give", "name", "compare", "describe", "please", "define"]
)
COUNTED = frozenset(["firstly", "secondly", "thirdly", "lastly", "finally"])
SHORTEST = 2  # words: "and do" asks nothing
LEAD = 3  # words, the question word among them, with which a question may begin: "at what point", "potassium how much"


def clauses(doc: Doc) -> list[tuple[int, int]]:
    """The stretches of a message, each of which may ask something: first and last token (exclusive).

    A new one begins after the end of a sentence, where a question word follows a comma or an
    "and" ("what is k2 and does it help"), and at "secondly"; the linking words themselves belong to
    none. Stretches without words are left out.

    Args:
        doc: a message, in lower case.
    """
    starts = [0]
    for index, token in enumerate(doc):
        ended = index > 0 and doc[index - 1].text[-1:] in ENDS and token.text[-1:] not in ENDS
        linked = token.text in LINKS and (index == 0 or doc[index - 1].text not in LINKS)
        counted = token.text in COUNTED and index < len(doc) - SHORTEST
        if ended or counted or (linked and _opens(doc, index)):
            starts.append(index)
    found = ((_past_links(doc, start), end) for start, end in pairwise([*starts, len(doc)]))
    return [(start, end) for start, end in found if any(token.is_alpha for token in doc[start:end])]


def is_question(part: Span) -> bool:
    """Whether a stretch has the form of a question or of a request."""
    led = any(token.text in ASKED | ASKING for token in part[:LEAD])
    return led or part[0].text in OPENERS or part[-1].text.endswith("?")


def _opens(doc: Doc, index: int) -> bool:
    """Whether a question begins after the linking words that stand here."""
    index = _past_links(doc, index)
    return index < len(doc) - SHORTEST and doc[index].text in OPENERS | ASKING


def _past_links(doc: Doc, index: int) -> int:
    while index < len(doc) and doc[index].text in LINKS | COUNTED:
        index += 1
    return index
