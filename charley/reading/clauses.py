"""Where one question of a message ends and the next begins."""

from __future__ import annotations

from itertools import pairwise

from spacy.tokens import Doc, Span

ENDS = frozenset(".!?;\n")
LINKS = frozenset([",", "-", "&", "and", "also", "plus", "then", "but"])
OPENERS = frozenset(
    ["what", "whats", "what's", "why", "how", "hows", "how's", "which", "when", "where", "who", "is", "are",
     "do", "does", "did", "can", "could", "should", "shall", "will", "would"]
)  # fmt: skip
ASKING = frozenset(["tell", "explain", "list", "show", "give", "name", "compare", "describe", "please"])
SHORTEST = 2  # words: "and do" asks nothing


def clauses(doc: Doc) -> list[tuple[int, int]]:
    """The stretches of a message, each of which may ask something: first and last token (exclusive).

    A new one begins after the end of a sentence, and where a question word follows a comma or an
    "and" ("what is k2 and does it help"); the linking words themselves belong to none. Stretches
    without words are left out.

    Args:
        doc: a message, in lower case.
    """
    starts = [0]
    for index, token in enumerate(doc):
        ended = index > 0 and doc[index - 1].text[-1:] in ENDS and token.text[-1:] not in ENDS
        linked = token.text in LINKS and (index == 0 or doc[index - 1].text not in LINKS)
        if ended or (linked and _opens(doc, index)):
            starts.append(index)
    found = ((_past_links(doc, start), end) for start, end in pairwise([*starts, len(doc)]))
    return [(start, end) for start, end in found if any(token.is_alpha for token in doc[start:end])]


def is_question(part: Span) -> bool:
    """Whether a stretch has the form of a question or of a request."""
    return part[0].text in OPENERS | ASKING or part[-1].text.endswith("?")


def _opens(doc: Doc, index: int) -> bool:
    """Whether a question begins after the linking words that stand here."""
    index = _past_links(doc, index)
    return index < len(doc) - SHORTEST and doc[index].text in OPENERS


def _past_links(doc: Doc, index: int) -> int:
    while index < len(doc) and doc[index].text in LINKS:
        index += 1
    return index
