"""How patterns are read, and what they match in a message."""

from __future__ import annotations

from itertools import permutations

import pytest
from spacy.matcher import Matcher

from charley.care.flags import CareData
from charley.care.matcher import PatternMatcher
from charley.care.patterns import PatternError, choices_of, parts_of, rules_of, vocabulary_of
from charley.reading.reader import english

GROUPS = {"leg": "leg|calf", "cant": "can't|can not|unable", "Loud": "LOUD"}


def found(pattern: str, text: str) -> list[str]:
    """What a pattern matches in a text, longest first."""
    matcher = PatternMatcher(GROUPS, english().vocab)
    matcher.add("sign", pattern)
    spans = [span for span, _ in matcher.find(english().tokenizer(text)).get("sign", [])]
    return sorted({span.text for span in spans}, key=len, reverse=True)


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ("swollen", "a swollen calf", "swollen"),
        ("swollen", "SWOLLEN!", "SWOLLEN"),
        ("swollen|puffy", "a puffy calf", "puffy"),
        ("swollen calf", "a swollen calf", "swollen calf"),
        ("short_of breath", "i am short of breath", "short of breath"),
        ("short_of|out_of breath", "out of breath again", "out of breath"),
        ("$leg", "my calf", "calf"),
        ("$leg|arm", "my arm", "arm"),
        ("$cant move", "i can not move", "can not move"),
        ("$cant move", "i can't move", "can't move"),
        ("$Loud", "so loud", "loud"),
        ("# weeks", "for 3 weeks", "3 weeks"),
        ("# weeks", "for three weeks", "three weeks"),
        ("$leg .. swollen", "my leg swollen", "leg swollen"),
        ("$leg .. swollen", "my leg is all red and swollen", "leg is all red and swollen"),
        ("$leg .. swollen", "leg a b c d e swollen", "leg a b c d e swollen"),
        ("$leg & swollen", "my leg is swollen", "leg is swollen"),
        ("$leg & swollen", "swollen leg", "swollen leg"),
        ("$leg & swollen", "swollen a b c d e f leg", "swollen a b c d e f leg"),
        ("$leg .. red & swollen", "swollen and my leg is red", "swollen and my leg is red"),
    ],
)
def test_a_pattern_matches_what_it_describes(pattern: str, text: str, matched: str) -> None:
    assert found(pattern, text)[0] == matched


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("swollen", "swollenness"),
        ("swollen calf", "a calf swollen"),
        ("swollen calf", "swollen red calf"),
        ("short_of breath", "short breath"),
        ("$cant move", "i can move, not you"),
        ("# weeks", "for weeks"),
        ("$leg .. swollen", "swollen leg"),
        ("$leg .. swollen", "leg a b c d e f swollen"),
        ("$leg & swollen", "leg a b c d e f g swollen"),
        ("$leg & swollen", "leg leg calf"),
        ("red & red", "red"),
        ("swollen", ""),
    ],
)
def test_a_pattern_matches_nothing_else(pattern: str, text: str) -> None:
    assert found(pattern, text) == []


@pytest.mark.parametrize("end", [".", "!", "?", ";"])
@pytest.mark.parametrize("pattern", ["$leg .. swollen", "$leg & swollen"])
def test_a_gap_never_reaches_into_the_next_sentence(pattern: str, end: str) -> None:
    assert found(pattern, f"my leg{end} swollen") == []


def test_the_sides_of_three_match_in_any_order() -> None:
    for sides in permutations(["leg", "red", "hot"]):
        assert found("$leg & red & hot", " so ".join(sides)) == [" so ".join(sides)]


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("$arm hurts", "there is no group '$arm'"),
        ("hand|$arm hurts", "there is no group '$arm'"),
        (".. hurts", "must begin and end with a word"),
        ("hurts ..", "must begin and end with a word"),
        ("leg & .. hurts", "must begin and end with a word"),
        ("leg & ", "must begin and end with a word"),
        ("", "must begin and end with a word"),
        ("leg||calf", "holds an empty word"),
        ("leg|_", "holds an empty word"),
    ],
)
def test_a_pattern_that_can_not_be_read_is_quoted(pattern: str, complaint: str) -> None:
    with pytest.raises(PatternError) as caught:
        rules_of(pattern, GROUPS)
    assert complaint in str(caught.value)
    assert pattern in str(caught.value)


def test_a_group_with_an_empty_word_is_named() -> None:
    with pytest.raises(PatternError, match=r"group '\$leg' holds an empty word"):
        rules_of("$leg", {"leg": "leg||calf"})


def test_the_vocabulary_holds_words_and_no_marks() -> None:
    assert vocabulary_of("$leg .. short_of & # Puffy", GROUPS) == {"leg", "calf", "short", "of", "puffy"}


def test_the_vocabulary_of_a_bad_pattern_is_refused() -> None:
    with pytest.raises(PatternError):
        vocabulary_of(".. swollen", GROUPS)


def test_the_parts_of_a_pattern_are_those_that_stand_for_words() -> None:
    assert parts_of("$leg .. # swollen|puffy & red") == ["$leg", "swollen|puffy", "red"]


def test_a_part_stands_for_words_and_phrases() -> None:
    assert choices_of("$cant|Won_t", "a pattern", GROUPS) == [
        ["can't"],
        ["can", "not"],
        ["unable"],
        ["won", "t"],
    ]


def test_single_words_of_a_part_share_one_rule_and_phrases_have_their_own() -> None:
    assert rules_of("$cant", GROUPS) == [
        [{"LOWER": {"IN": ["can't", "unable"]}}],
        [{"LOWER": "can"}, {"LOWER": "not"}],
    ]


def test_each_owner_gets_its_own_matches_only() -> None:
    matcher = PatternMatcher(GROUPS, english().vocab)
    matcher.add("swelling", "swollen")
    matcher.add("swelling", "puffy")
    matcher.add("redness", "red")
    spans = {o: [s for s, _ in m] for o, m in matcher.find(english().tokenizer("puffy and swollen")).items()}
    assert {owner: sorted(span.text for span in found) for owner, found in spans.items()} == {
        "swelling": ["puffy", "swollen"]
    }


@pytest.mark.parametrize(
    "text",
    [
        "my left calf is swollen and hot, i can't walk on it since the flight",
        "no chest pain but short of breath, and both legs hurt for 3 weeks!",
        "my baby is floppy. she won't feed, her legs are cold",
        "took too many tablets; pins and needles in my feet, dark brown pee",
        "I'm 72, on warfarin and my legs cramp most nights",
        "what is magnesium?",
    ],
)
def test_trying_only_what_may_match_loses_no_match(care: CareData, text: str) -> None:
    doc = english().tokenizer(text)
    quick, plain = PatternMatcher(care.groups, doc.vocab), Matcher(doc.vocab, validate=False)
    for number, pattern in enumerate(care.patterns()):
        quick.add(str(number), pattern)
        plain.add(str(number), rules_of(pattern, care.groups))
    wanted = {(doc.vocab.strings[id_], start, end) for id_, start, end in plain(doc)}
    assert {(o, s.start, s.end) for o, spans in quick.find(doc).items() for s, _ in spans} == wanted
