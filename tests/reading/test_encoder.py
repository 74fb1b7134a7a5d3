"""The encoder: a vector for a text."""

from __future__ import annotations

import numpy as np
import pytest

from charley.reading.encoder import DIMENSIONS, MAX_TOKENS, sentence_encoder


@pytest.mark.parametrize(
    "text", ["", "cramp", "my calf is swollen and warm", "x " * 900, "\U0001f9b5 krämpfe"]
)
def test_a_text_has_a_vector_of_length_one(text: str) -> None:
    vector = sentence_encoder().encode(text)
    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_what_means_the_same_lies_closer_than_what_does_not() -> None:
    calf, same, other = sentence_encoder().encode_all(
        ["my calf is cramping", "i have a cramp in my lower leg", "how do i cancel my bus ticket"]
    )
    assert calf @ same > calf @ other + 0.2


def test_a_danger_lies_further_from_its_denial_than_from_another_danger() -> None:
    danger, denied, other = sentence_encoder().encode_all(
        ["i have chest pain", "i have no chest pain", "there is a crushing ache in my chest"]
    )
    assert danger @ denied < danger @ other - 0.1


def test_many_texts_have_the_vectors_of_each() -> None:
    texts = ["cramp", "leg cramp", "night cramps", "a cramp", "cramp"]
    for text, found in zip(texts, sentence_encoder().encode_all(texts), strict=True):
        alone = sentence_encoder().encode(text)
        assert found @ alone > 0.9, "int8 rounds a batch a little differently"


def test_what_is_longer_than_the_model_reads_is_cut() -> None:
    long, longer = sentence_encoder().encode("leg " * MAX_TOKENS), sentence_encoder().encode("leg " * 999)
    assert np.array_equal(long, longer)
