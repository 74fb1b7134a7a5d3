"""Which misspelt words are mended, and which words are left alone."""

from __future__ import annotations

import pytest

from charley.reading.spelling import Speller, english_words


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
