"""Trains the assistant when, and only when, what it is made from has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from charley.knowledge import load_knowledge

MODELS = Path("models")
MODEL = MODELS / "charley.tar.gz"
STAMP = MODELS / "charley.inputs"  # the fingerprint of what MODEL was trained from
LOG = Path("var/training.log")
INPUTS = ("config.yml", "domain.yml", "uv.lock", "data", "charley")
TRAINING_FILES = ["data/nlu", "data/rules", "data/stories"]  # the rest of data/ is not in Rasa's form
REASON = "Training stopped: "  # begins the line by which the child process says why


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
    print("Training (some minutes the first time; less when little has changed) …", flush=True)
    started = time.monotonic()
    fingerprint = inputs_fingerprint()
    MODELS.mkdir(exist_ok=True)
    LOG.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODELS) as scratch:
        with LOG.open("wb") as log:
            # A process of its own, because Rasa prints hundreds of lines that no one need see.
            command = [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                __spec__.name,
                scratch,
                *(["force"] if force else []),
            ]
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
            try:
                _wait(process, started)
            except BaseException:
                process.kill()
                process.wait()
                raise
        trained = Path(scratch) / MODEL.name
        if process.returncode != 0 or not trained.exists():
            raise TrainingFailed(f"{_reason()} (all of it: {LOG})")
        os.replace(trained, MODEL)
    STAMP.write_text(fingerprint)
    print(f"Trained in {time.monotonic() - started:.0f} seconds: {MODEL}", flush=True)
    return MODEL


def _wait(process: subprocess.Popen[bytes], started: float) -> None:
    while process.poll() is None:
        if sys.stdout.isatty():
            print(f"\r… {time.monotonic() - started:.0f} s ", end="", flush=True)
        time.sleep(0.5)
    if sys.stdout.isatty():
        print("\r", end="")


def _reason() -> str:
    lines = [line.strip() for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
    told = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    return (told or lines or ["Rasa said nothing"])[-1]


def _train_here(output: str, force: bool) -> None:
    """Train in this process; exits with 1 and a line that says why if it fails."""
    from charley.rasa.quiet import be_quiet

    be_quiet()
    from rasa.model_training import train as rasa_train

    try:
        result = rasa_train(
            domain="domain.yml",
            config="config.yml",
            training_files=TRAINING_FILES,
            output=output,
            force_training=force,
            fixed_model_name="charley",
        )
    except (Exception, SystemExit) as error:
        sys.exit(f"{REASON}{' '.join(str(error).split()) or type(error).__name__}")
    if result.model is None or result.code != 0:
        sys.exit(f"{REASON}Rasa made no model")


if __name__ == "__main__":
    _train_here(sys.argv[1], force="force" in sys.argv[2:])
