"""Trains a model from the files at hand, and tells whether that is needed.

What is trained is a candidate: `charley.trainers.training` puts it in service.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from charley.knowledge import load_knowledge, read_model
from charley.rasa.inputs import inputs_fingerprint, label, made_from, read_label

MODELS = Path("models")
MODEL = MODELS / "charley.tar.gz"
CANDIDATE = MODELS / "candidate.tar.gz"  # trained, and not in service
LOG = Path("var/training.log")
TRAINING_FILES = ["data/nlu", "data/rules", "data/stories"]  # the rest of data/ is not in Rasa's form
REASON = "Training stopped: "  # begins the line by which the child process says why


class TrainingFailed(RuntimeError):
    """Training did not end with a model; the message says why, in a line."""


def is_current(model: Path = MODEL) -> bool:
    """Whether a model was trained from the files at hand."""
    made = read_label(model)
    return made is not None and made.inputs == inputs_fingerprint()


def train(force: bool = False) -> Path:
    """Train a candidate and give its path; the model in service is not touched.

    Raises:
        charley.knowledge.KnowledgeError: if data/ is broken (before anything is trained).
        TrainingFailed: if Rasa could not train, or data/ was edited while it did.
    """
    known = load_knowledge().to_json()
    print("Training (some minutes the first time; half a minute for a mended statement) …", flush=True)
    started, worked = time.monotonic(), _worked()
    made = made_from()
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
        if read_model(trained).to_json() != known:  # never a model with facts other than those checked
            raise TrainingFailed("data/ was edited meanwhile. Train again.")
        settled = made.inputs if inputs_fingerprint() == made.inputs else ""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        label(trained, replace(made, inputs=settled, trained=now, seconds=round(_worked() - worked, 1)))
        os.replace(trained, CANDIDATE)
    print(f"Trained in {time.monotonic() - started:.0f} seconds.", flush=True)
    return CANDIDATE


def _wait(process: subprocess.Popen[bytes], started: float) -> None:
    while process.poll() is None:
        if sys.stdout.isatty():
            print(f"\r… {time.monotonic() - started:.0f} s ", end="", flush=True)
        time.sleep(0.5)
    if sys.stdout.isatty():
        print("\r", end="")


def _worked() -> float:
    """Seconds that ended child processes have kept a processor busy: unlike the clock's, the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
