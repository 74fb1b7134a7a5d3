"""Takes out of a message what tells who wrote it.

What is not known to be harmless goes: a word stays only if it is English or one of Charley's own, and no
name. Names and places in small letters are told by lists; ordinary words that are names too ("mark",
"rose") by how they are written, or by what stands before them. A slip is mended rather than kept, as what
reads the example mends it anyway. Ages from 90 on tell of few enough people to go (HIPAA's safe harbour,
45 CFR 164.514(b)(2)); other numbers stay where a unit or the words around say how much, long, often or bad.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from charley.trainers.known_words import FUNCTION, LETTERS, KnownWords, folded, known_words
from charley.trainers.numbers import without_numbers

NAME, PLACE, ADDRESS, EMAIL, LINK, WORD = "[name]", "[place]", "[address]", "[email]", "[link]", "[word]"
NOT_ENGLISH = "[not English]"
PLACEHOLDER = re.compile(r"\[(?:name|place|number|age|address|email|link|word|not English)\]")

_MAIL = "gmail|googlemail|yahoo|hotmail|outlook|icloud|aol|proton"
_TOP = "com|org|net|edu|gov|info|io|ly|uk|ca|au|nz|ie|in|ng|za|de|fr|es|pl|eu|co|app|blog|health|biz"
_STREET = (
    "street|st|road|rd|avenue|ave|lane|ln|crescent|cres|terrace|tce|boulevard|blvd|highway|hwy|parade|mews"
)
_MAYBE = "Drive|Dr|Close|Court|Ct|Place|Pl|Square|Sq|Grove|Gardens|Row|Way|Walk|Rise|Hill|View|Park"
_ROADS = "Street|Road|Avenue|Lane|Crescent|Terrace|Boulevard|Highway|Parade|Mews"
_MIDDLE = r"(?:[A-Za-z'.-]+\s+)"
PATTERNS = [
    (re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+"), EMAIL),
    (re.compile(r"[\w.+-]+\s*[(\[]\s*at\s*[)\]]\s*[\w-]+(?:\s*(?:[(\[]\s*dot\s*[)\]]|\bdot\b|\.)\s*\w+)*", re.I), EMAIL),
    (re.compile(rf"[\w.+-]+\s+at\s+(?:[\w-]+(?:\s+dot\s+\w+)+|(?:{_MAIL})\b(?:\s*\.\s*\w+)*)", re.I), EMAIL),
    (re.compile(r"(?:https?://|www\.)\S+", re.I), LINK),
    (re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*", re.I), LINK),
    (re.compile(rf"\b[\w-]{{2,}}(?:\.[\w-]+)*\.(?:{_TOP})\b(?!\s*\w*@)"), LINK),
    (re.compile(r"(?<!\w)@\w[\w.-]*"), NAME),
    (re.compile(r"\b[^\W_]+(?:_[^\W_]+)+\b"), NAME),  # as people are called on platforms
    (re.compile(r"\bp\.?\s?o\.?\s?box\s+\d+", re.I), ADDRESS),
    (re.compile(r"\b\d{1,5},?\s+(?:rue|via|calle|ul|ulica|avenida|rua)\b\.?(?:\s+[\w'-]+){1,3}", re.I), ADDRESS),
    (re.compile(r"\b(?:flat|unit|apt|apartment|suite)\.?\s*#?\d+\w?(?:/\d+\w?)?\b,?", re.I), ADDRESS),
    (re.compile(rf"\b(?:\d{{1,5}}[/-])?\d{{1,5}}[a-z]?,?\s+(?P<middle>{_MIDDLE}{{1,3}})(?:{_STREET})\b\.?", re.I), ADDRESS),
    (re.compile(rf"\b(?:[A-Z][\w'.-]*\s+){{1,3}}(?:{_ROADS})\b\.?"), ADDRESS),
    (re.compile(rf"\b\d{{1,5}}[a-zA-Z]?,?\s+(?P<middle>(?:[A-Z][\w'.-]*\s+){{1,3}})(?:{_MAYBE})\b\.?"), ADDRESS),
    # A postcode's last two letters are none of CIKMOV: "b12 3mg" is none.
    (re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[abd-hjlnp-uw-z]{2}\b", re.I), ADDRESS),
    (re.compile(r"\b[abceghj-nprstvxy]\d[a-z]\s?\d[a-z]\d\b", re.I), ADDRESS),
    (re.compile(r"\b[A-Z]{2,3},?\s+\d{4,5}(?:-\d{4})?\b"), ADDRESS),
]  # fmt: skip

TITLES = frozenset(
    "dr mr mrs ms miss mister prof professor sir madam nurse sister pastor father uncle aunt aunty auntie".split()
)
ABBREVIATED = frozenset("dr mr mrs ms prof st sgt rev".split())
RELATIONS = TITLES | frozenset(
    "husband wife son daughter mum mom mother dad friend neighbour neighbor boss partner boyfriend girlfriend gf bf "
    "brother cousin nan gran granny grandma grandpa grandad nephew niece trainer coach physio carer dog cat baby teacher "
    "doctor gp pharmacist chemist colleague mate kid child girl boy son's".split()
)  # fmt: skip
NAMED = (
    ("name", "is"), ("name", "s"), ("my", "name"), ("names",), ("name's",), ("named",), ("called",), ("call", "me"),
    ("i", "go", "by"),
)  # fmt: skip
SIGNED = frozenset("regards cheers thanks thx sincerely truly faithfully love".split())
WEAKLY = (
    ("this", "is"),
    ("it's",),
    ("its",),
    ("it", "is"),
    ("i'm",),
    ("im",),
    ("i", "am"),
    ("ya", "boy"),
    ("hi",),
    ("hello",),
    ("hey",),
)
GIVEN = frozenset(
    "mark rose will may summer joy hope faith grace frank drew jack bill rob bob dawn april june august autumn ivy holly "
    "heather daisy lily violet ruby amber jade jasmine olive basil chase hunter grant dean miles pat sue gene dale robin "
    "ray don max victor nick harry charity patience mercy blessing precious gift miracle prince junior buddy destiny "
    "melody pearl crystal ginger penny sandy cliff glen heath clay rusty bella angel bean brown summers teddy chad hannah".split()
)  # fmt: skip
NO_GIVEN = frozenset("will may don art max pat".split())  # far more often the other word
DOES = frozenset(
    "said says told has gets got is was swears asked asks thinks wants told took takes had cramps".split()
)
SAYS = frozenset("said says told swears asked asks thinks reckons".split())
SHORT = frozenset("t m re ve ll d".split())  # after an apostrophe
WHERE = frozenset("in from at near to around outside".split())
ALWAYS = frozenset(
    "charley charlie monday tuesday wednesday thursday friday saturday sunday january february march july september october "
    "november december english nhs gp er uk us usa".split()
)  # fmt: skip
NAME_WORDS = 3  # at most, after what introduces one
TOKEN = re.compile(rf"{PLACEHOLDER.pattern}|(?<!\w){LETTERS.pattern}(?:'{LETTERS.pattern})*")


def anonymous(text: str, root: Path = Path()) -> str:
    """A message with names, numbers, addresses and the like replaced by placeholders such as "[name]".

    Args:
        root: the project's folder, whose words are known.

    Returns:
        the message, or `NOT_ENGLISH` in place of one in another language.
    """
    words = known_words(root)
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    if words.reader.read(text).foreign:
        return NOT_ENGLISH
    for pattern, placeholder in PATTERNS:
        text = pattern.sub(partial(_unless_counted, placeholder), text)
    text = without_numbers(text.replace("_", " "), words.codes)
    return _once(_Message(text, words).without_names())


def has_placeholder(text: str) -> bool:
    """Whether something was taken out of a text."""
    return PLACEHOLDER.search(text) is not None


def _unless_counted(placeholder: str, found: re.Match[str]) -> str:
    """The placeholder, or what was found where it says how much of something ("3 miles on the road")."""
    middle = found.groupdict().get("middle") or ""
    counted = any(word.lower() in FUNCTION for word in middle.split())
    return found[0] if counted else placeholder


def _once(text: str) -> str:
    """A text in which a placeholder does not follow itself."""
    return re.sub(r"(\[\w+\])(?:[\s,.'/-]*\1)+", r"\1", text)


@dataclass
class _Token:
    start: int
    end: int
    text: str
    word: str  # folded, without a possessive or contraction
    opens: bool  # a sentence
    joined: bool  # to the one before, by no more than a space, a hyphen or a full stop after a title
    replaced: str | None = None

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper() and len(self.text) > 1


class _Message:
    """One message, word by word."""

    def __init__(self, text: str, words: KnownWords) -> None:
        self._text, self._words = text, words
        self._tokens: list[_Token] = []
        end = 0
        for found in TOKEN.finditer(text):
            gap = text[end : found.start()]
            titled = bool(self._tokens) and self._tokens[-1].word in ABBREVIATED and gap == ". "
            opens = not titled and (not self._tokens or bool(re.search(r"[.!?\n:;]|--", gap)))
            word = folded(found[0]).split("'")
            short = len(word) > 1 and (word[-1] in SHORT or word[-1] == "s")
            base = "".join(word[:-1] if short else word)
            joined = bool(self._tokens) and bool(re.fullmatch(r"\s|\.\s?|-|\s-\s|\(|\s\(", gap))
            self._tokens.append(_Token(found.start(), found.end(), found[0], base, opens, joined))
            end = found.end()
        told = [token for token in self._tokens if token.text[0] != "["]
        capitals = sum(token.text[0].isupper() for token in told)
        self._case_tells = not (len(told) > 3 and capitals > 0.8 * len(told))

    def without_names(self) -> str:
        """The text, names, places and unknown words replaced."""
        for at, token in enumerate(self._tokens):
            if token.text[0] == "[" or token.replaced:
                continue
            most = NAME_WORDS if self._is_introduced(at) else 0
            while most and at < len(self._tokens) and self._may_be_name(self._tokens[at]):
                self._tokens[at].replaced = NAME
                at, most = (
                    at + 1,
                    most - 1 if at + 1 < len(self._tokens) and self._tokens[at + 1].joined else 0,
                )
            if not token.replaced:
                token.replaced = self._in_place_of(self._tokens.index(token))
        for token, after in zip(self._tokens, self._tokens[1:], strict=False):  # "Will Thompson"
            if (
                token.opens
                and self._is_capital(token)
                and token.word in GIVEN
                and after.joined
                and after.replaced == NAME
            ):
                token.replaced = NAME
        parts, end = [], 0
        for token in self._tokens:
            parts += [self._text[end : token.start], token.replaced or token.text]
            end = token.end
        return "".join([*parts, self._text[end:]])

    def _is_introduced(self, at: int) -> bool:
        """Whether what stands before says that a name follows."""
        before = [token.text.lower() for token in self._tokens[max(0, at - 3) : at]]
        if not before:
            return False
        named = any(tuple(before[-len(words) :]) == words for words in NAMED)
        if named or before[-1] in SIGNED or (before[-2:] == ["thank", "you"]):
            return True
        return before[-1].strip(".") in TITLES and self._tokens[at].joined

    def _may_be_name(self, token: _Token) -> bool:
        """Whether a word that a name is due for may be one."""
        word = token.word
        if word in FUNCTION or word in ALWAYS or token.text[0] == "[" or len(word) < 2:
            return False
        known = self._words.has(word)
        return word in self._words.names or not known or (self._is_capital(token) and not token.opens)

    def _is_capital(self, token: _Token) -> bool:
        return self._case_tells and token.is_capital and not token.text.isupper()

    def _in_place_of(self, at: int) -> str | None:
        """What stands for a word that nothing introduces as a name; None if it stays."""
        token = self._tokens[at]
        word, words = token.word, self._words
        if (
            token.text.count("'")
            and token.text.lower().split("'")[-1] in SHORT
            and word in FUNCTION | {"don", "won", "ain"}
        ):
            return None
        tail = "'s" if token.text.lower().endswith("'s") else ""
        if len(word) < 2 or word in ALWAYS:
            return None
        if self._is_written_as_name(at):
            return (PLACE if word in words.places and self._tells_where(at) else NAME) + tail
        if word in words.ordinary or word in words.subjects:
            return None
        if word in words.tell_of_someone:
            is_place = word in words.places and (word not in words.names or self._tells_where(at))
            return (PLACE if is_place else NAME) + tail
        if words.has(word) and not (self._tells_where(at) and word not in words.own):
            return None
        if self._tells_where(at):
            return PLACE + tail
        right = None if self._is_capital(token) and not token.opens else words.mended(word)
        return (right or (NAME if self._is_capital(token) else WORD)) + tail

    def _tells_where(self, at: int) -> bool:
        before = self._tokens[at - 1] if at else None
        return before is not None and (before.word in WHERE or before.replaced == PLACE)

    def _is_written_as_name(self, at: int) -> bool:
        """Whether a word, however ordinary, stands as a name does: by its case, or by the words around."""
        token, word, words = self._tokens[at], self._tokens[at].word, self._words
        before = self._tokens[at - 1] if at else None
        after = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        listed = word in words.names or word in words.places
        capital = self._is_capital(token) and word != "i"
        if (
            capital
            and not token.opens
            and (listed or word not in words.own)
            and (word not in words.subjects or word in GIVEN)
        ):
            return True
        if before and before.replaced in (NAME, PLACE) and token.joined:
            if self._text[before.end : token.start] == "-" or (capital and not token.opens):
                return True
            surname = listed and word not in FUNCTION
            if surname and (word not in words.ordinary or capital or word in GIVEN):
                return True
        if (
            capital
            and word in GIVEN
            and after
            and (after.word in DOES or (after.opens is False and after.word == "and"))
        ):
            return True
        if after and after.word == "here" and token.opens and (word in GIVEN or not words.has(word)):
            return True
        if word not in GIVEN or word in NO_GIVEN:
            return False
        if token.opens and after and after.word in SAYS:
            return True
        if before is None:
            return False
        if before.word in RELATIONS and token.joined:
            return True
        lead = [t.text.lower() for t in self._tokens[max(0, at - 2) : at]]
        weak = any(tuple(lead[-len(w) :]) == w for w in WEAKLY)
        return weak and (after is None or not after.joined or after.word in ("here", "and", "again"))
