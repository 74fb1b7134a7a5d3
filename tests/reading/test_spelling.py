"""Which misspelt words are mended, and which words are left alone."""

from __future__ import annotations

import pytest

from charley.reading.reader import Reader
from charley.reading.spelling import Speller, english_words

MESSAGES = [
    "what helps a sore calf at night",
    "does a banana help the cramp",
    "what does a banana do",
    "cramp in the foot at night",
    "my gp held my foot",
    "ask the gp what helps",
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    """One that has seen each pair of the words of MESSAGES more often than once, and "gp" often."""
    return Reader.learn(MESSAGES * 6, ["magnesium"])


@pytest.fixture(scope="module")
def speller() -> Speller:
    words = ["cramp", "cramp", "cramp", "clamp", "crampp", "calf", "swollen"]
    return Speller.learn(words, ["magnesium", "hypokalemia", "b12"])


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("magnesim", "magnesium"),
        ("magnezeum", "magnesium"),
        ("swolen", "swollen"),
        ("crampp", "cramp"),
        ("hypokalimia", "hypokalemia"),
    ],
)
def test_a_misspelt_word_is_mended(speller: Speller, misspelt: str, meant: str) -> None:
    assert speller.correct(misspelt) == meant


@pytest.mark.parametrize("word", ["magnesium", "cramp", "calm", "spain", "swallow", "hypokalemia"])
def test_a_right_word_is_never_touched(speller: Speller, word: str) -> None:
    assert speller.correct(word) == word


@pytest.mark.parametrize("word", ["clf", "crp"])
def test_a_short_word_is_left_alone(speller: Speller, word: str) -> None:
    assert speller.correct(word) == word


@pytest.mark.parametrize("word", ["magnesim1", "b-13", "calf's", "!!!!", ""])
def test_what_is_not_all_letters_is_left_alone(speller: Speller, word: str) -> None:
    assert speller.correct(word) == word


def test_a_word_with_no_near_neighbour_is_left_alone(speller: Speller) -> None:
    assert speller.correct("qwertyuiop") == "qwertyuiop"


def test_a_shorter_word_is_mended_by_one_letter_only(speller: Speller) -> None:
    assert speller.correct("crmp") == "cramp"
    assert speller.correct("crmpx") == "crmpx"


def test_of_two_near_words_the_one_used_more_is_taken(speller: Speller) -> None:
    assert speller.correct("cxamp") == "cramp"
    assert Speller({"cramp": 1, "clamp": 2}).correct("cxamp") == "clamp"


def test_of_two_near_words_one_that_differs_by_a_double_letter_alone_is_taken() -> None:
    speller = Speller({"chest": 9, "cheese": 1})
    assert speller.correct("chese") == "cheese"
    assert speller.correct("chesy") == "chest"


def test_a_name_is_preferred_to_a_word() -> None:
    assert Speller.learn(["clamp"] * 9, ["cramp"]).correct("cxamp") == "cramp"


def test_misspelt_training_words_are_not_learnt(speller: Speller) -> None:
    assert not speller.knows("crampp")
    assert "crampp" not in speller.targets


def test_names_are_known_though_no_dictionary_has_them(speller: Speller) -> None:
    assert "hypokalemia" not in english_words()
    assert speller.knows("hypokalemia")


def test_a_speller_that_learnt_nothing_mends_nothing() -> None:
    assert Speller({}).correct("magnesim") == "magnesim"


def test_of_two_words_equally_near_the_order_of_learning_does_not_choose() -> None:
    one, other = Speller.learn([], ["calf", "calfs"]), Speller.learn([], ["calfs", "calf"])
    assert one.correct("calff") == other.correct("calff")


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("what hlps my foot", "what helps my foot"),
        ("hwt helps", "what helps"),
        ("cramp in teh foot", "cramp in the foot"),
        ("does a bnnaan help", "does a banana help"),
        ("a sroe clf at nigth", "a sore calf at night"),
        ("my gp hleld my foot", "my gp held my foot"),
    ],
)
def test_the_words_beside_it_tell_what_a_word_means(reader: Reader, message: str, meant: str) -> None:
    assert reader.read(message).text == meant


@pytest.mark.parametrize("message", ["teh", "zzz teh qqq", "bnnaan", "xclf"])
def test_a_short_word_or_a_second_edit_needs_a_word_that_stood_beside_it(
    reader: Reader, message: str
) -> None:
    assert reader.read(message).text == message


@pytest.mark.parametrize(
    "message", ["my gp helps", "my calm at night", "magnesium in the foot", "does a bandana help", "at 3 am"]
)
def test_a_right_word_stays_whatever_stands_beside_it(reader: Reader, message: str) -> None:
    assert reader.read(message).text == message


def test_what_stands_often_in_the_examples_is_a_word_unless_it_is_a_slip_of_another() -> None:
    speller = Speller.learn(
        ["gp"] * 10 + ["hr"] * 9 + ["zumba"] * 10 + ["swolen"] * 10 + ["swollen"] * 200, []
    )
    assert speller.knows("gp")
    assert speller.knows("zumba")
    assert not speller.knows("hr")
    assert not speller.knows("swolen")


def test_two_letters_swapped_or_one_doubled_are_likelier_than_another_letter() -> None:
    speller = Speller({"calf": 1, "form": 5, "from": 1})
    assert speller.correct("fomr") == "form"
    assert Speller({"slat": 5, "salt": 1}).correct("satl") == "salt"
    assert Speller({"lose": 5, "loose": 1}).correct("loosse") == "loose"


def test_a_pair_seen_once_is_no_evidence() -> None:
    assert Speller.learn(["in", "the"], [], [("in", "the")]).pairs == {}
    assert Speller.learn(["in", "the"], [], [("in", "the")] * 2).pairs == {"in the": 2}


def test_pairs_are_of_known_words() -> None:
    pairs = [("a", "crampp")] * 3 + [("a", "cramp")] * 3 + [("", "3")] * 3
    assert Speller.learn(["a", "cramp"], [], pairs).pairs == {"a cramp": 3, " 3": 3}
