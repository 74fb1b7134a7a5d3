"""Sentence vectors from all-MiniLM-L6-v2 (Apache-2.0), tuned on Charley's own examples, int8.

The weights and the tokenizer stand beside this module (scripts/encoder/ made them;
docs/dependencies.md gives origin, licence and hash). Nothing is fetched at run time.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

DIMENSIONS = 384
MAX_TOKENS = 128  # as the model was trained
BATCH = 32
WEIGHTS = Path(__file__).with_name("encoder.onnx")
TOKENIZER = Path(__file__).with_name("minilm_tokenizer.json")
Vector = npt.NDArray[np.float32]


class SentenceEncoder:
    """Turns texts into unit vectors (384,): their dot products say how alike meanings are."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a message is short: more threads cost more than they bring
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, text: str) -> Vector:
        """The vector of one text."""
        vector: Vector = self._run([self._tokenizer.encode(text)])[0]
        return vector

    def encode_all(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of many texts; those of one length go together, on all cores."""
        by_length: dict[int, list[int]] = defaultdict(list)
        encoded = self._tokenizer.encode_batch(list(texts))
        for index, tokens in enumerate(encoded):
            by_length[len(tokens.ids)].append(index)
        batches = [
            alike[start : start + BATCH]
            for alike in by_length.values()
            for start in range(0, len(alike), BATCH)
        ]
        found: dict[int, Vector] = {}
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            for batch, vectors in zip(
                batches, threads.map(lambda b: self._run([encoded[i] for i in b]), batches), strict=True
            ):
                found.update(zip(batch, vectors, strict=True))
        return [found[index] for index in range(len(encoded))]

    def _run(self, encoded: Sequence[Encoding]) -> Vector:
        ids = np.array([tokens.ids for tokens in encoded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vectors: Vector = self._session.run(["vector"], feed)[0]
        return vectors


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """The encoder, loaded once a process."""
    return SentenceEncoder()
