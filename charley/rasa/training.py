"""Trains the assistant when, and only when, what it is made from has changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

from charley.knowledge import load_knowledge
from charley.rasa.quiet import be_quiet

MODELS = Path("models")
MODEL = MODELS / "charley.tar.gz"
STAMP = MODELS / "charley.inputs"  # the fingerprint of what MODEL was trained from
INPUTS = ("config.yml", "domain.yml", "uv.lock", "data", "charley")


class TrainingFailed(RuntimeError):
    """Training did not end with a model; the message says why, in a line."""


def inputs_fingerprint(root: Path = Path()) -> str:
    """A hash over all that a model is made from, by content, so that a fresh clone trains once."""
    digest = hashlib.sha256()
    for name in INPUTS:
        path = root / name
        files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" not in file.parts and file.suffix not in (".html", ".css", ".js"):
                digest.update(file.relative_to(root).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the model at hand was trained from the files at hand."""
    return MODEL.exists() and STAMP.exists() and STAMP.read_text().strip() == inputs_fingerprint()


def train(force: bool = False) -> Path:
    """Train and give the model's path; a failed training leaves the model before it in place.

    Raises:
        charley.knowledge.KnowledgeError: if data/ is broken (before anything is trained).
        TrainingFailed: if Rasa could not train.
    """
    load_knowledge()
    print("Starting Rasa (about 15 seconds) …", flush=True)
    be_quiet()
    from rasa.model_training import train as rasa_train  # takes seconds: only when needed

    print("Training (about a minute the first time; less when little has changed) …", flush=True)
    started = time.monotonic()
    fingerprint = inputs_fingerprint()
    MODELS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODELS) as scratch:
        try:
            result = rasa_train(
                domain="domain.yml",
                config="config.yml",
                training_files=["data"],
                output=scratch,
                force_training=force,
                fixed_model_name="charley",
            )
        except (Exception, SystemExit) as error:
            raise TrainingFailed(" ".join(str(error).split()) or type(error).__name__) from error
        if result.model is None or result.code != 0:
            raise TrainingFailed("Rasa made no model; what it printed above says why")
        os.replace(result.model, MODEL)
    STAMP.write_text(fingerprint)
    print(f"Trained in {time.monotonic() - started:.0f} seconds: {MODEL}", flush=True)
    return MODEL
