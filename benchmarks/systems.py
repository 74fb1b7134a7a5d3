"""What is compared: three assistants made from the same data, rules, domain and actions.

- Charley: the project as it is.
- stock: the pipeline and policies that Rasa gives when config.yml names none (`rasa init`), with
  the channel, the responses and the tracker store that it gives too; only its fallback reply is
  Charley's, by a rule of the data. Examples of more than LONGEST words, letters mostly, are left out:
  DIET pads every batch to its longest message, and an epoch took 175 s with them instead of 39 s. It
  gets EPOCHS rather than 100, lest the comparison take most of a day: with them it knew 97 % of its own
  examples. So its training time is told in its favour; the messages to measure on are seldom long.
- floor: the least that still answers. Charley's rules, actions and stores, but for understanding
  Rasa's keyword classifier, on the words that tell intents apart best: its regular expressions are
  fast only as long as there are fewer than Python keeps compiled (512).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import CountVectorizer

from charley.rasa import training
from charley.rasa.importer import FactTableImporter
from charley.rasa.inputs import inputs_fingerprint

WORK = Path("var/bench-nlu")
KEYWORDS = 500
LONGEST = 20  # words of an example for stock Rasa: see the head
DIET = "DIETClassifier"
EPOCHS = 30  # of DIET for stock Rasa, instead of 100
HASTY_EPOCHS = 2
PRECISE = 0.5  # of the messages with a keyword at least these are of its intent
WORDS = r"[a-z']+"
FLOOR_CONFIG = {
    "recipe": "default.v1",
    "language": "en",
    "assistant_id": "floor",
    "pipeline": [
        {"name": "KeywordIntentClassifier", "case_sensitive": False},
        {"name": "FallbackClassifier", "threshold": 0.3},
    ],
    "policies": [{"name": "RulePolicy"}],
}


@dataclass(frozen=True)
class Trained:
    """What a training gave: the model, its seconds (of the clock, of the processors), peak megabytes, date."""

    model: str
    seconds: float
    processor: float
    peak: float
    date: str


@dataclass(frozen=True)
class System:
    """An assistant to measure, and how it is served."""

    name: str
    trained: Trained
    endpoints: Path
    credentials: Path
    guarded: bool  # by Charley's own channel

    @property
    def model(self) -> Path:
        return Path(self.trained.model)


NAMES = ("Charley", "stock", "floor")


def systems(again: bool, hasty: bool = False, names: Collection[str] = NAMES) -> list[System]:
    """All three, or those of these names, trained.

    Args:
        again: train even where nothing has changed since the last run.
        hasty: give stock Rasa's networks HASTY_EPOCHS epochs: as fast and as large as when learnt
            to the end, but of no use for what it understands.
    """
    importer = FactTableImporter("config.yml", "domain.yml", training.TRAINING_FILES)
    data = importer.get_nlu_data()
    examples = [message for message in data.training_examples if message.get("intent")]
    domain = importer.get_domain()
    stock = yaml.safe_load((files("rasa.engine.recipes.config_files") / "default_config.yml").read_text())
    stock["assistant_id"] = "stock"
    for part in [*stock["pipeline"], *stock["policies"]]:
        if "epochs" in part and (hasty or part["name"] == DIET):
            part["epochs"] = HASTY_EPOCHS if hasty else EPOCHS
    found = []
    if "Charley" in names:
        found.append(System("Charley", _trained("Charley", None, again), *_serving("Charley"), guarded=True))
    short = [message for message in examples if len(message.get("text").split()) <= LONGEST]
    for name, config, chosen in (("stock", stock, short), ("floor", FLOOR_CONFIG, _keywords(examples))):
        if name not in names:
            continue
        project = _project(
            name,
            config,
            domain.as_yaml(),
            TrainingData(chosen, entity_synonyms=data.entity_synonyms, lookup_tables=data.lookup_tables),
        )
        found.append(System(name, _trained(name, project, again), *_serving(name), guarded=False))
    return found


def _keywords(examples: list[Any]) -> list[Any]:
    """Of each intent the words, and pairs of words, that tell it best from the others, as its examples.

    None stands within one of another intent's: that stops Rasa's classifier with a KeyError.
    """
    counter = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=WORDS)
    holds = counter.fit_transform(message.get("text") for message in examples).tocsc()
    intents = np.array([message.get("intent") for message in examples])
    names, owners = np.unique(intents, return_inverse=True)
    counts = np.stack([np.asarray(holds[owners == k].sum(axis=0)).ravel() for k in range(len(names))])
    share = counts / counts.sum(axis=0)  # of the messages with these words, those of the intent
    scores = np.where(share >= PRECISE, counts * share, 0.0)
    phrases, chosen = counter.get_feature_names_out(), dict[str, str]()
    for place in np.argsort(-scores, axis=None):
        k, n = np.unravel_index(place, scores.shape)
        if not scores[k, n] or len(chosen) >= KEYWORDS:
            break
        if not any(
            f" {a} " in f" {b} " or f" {b} " in f" {a} "
            for b, owner in chosen.items()
            if owner != names[k]
            for a in [phrases[n]]
        ):
            chosen[str(phrases[n])] = str(names[k])
    return [Message.build(text=text, intent=intent) for text, intent in chosen.items()]


def _project(name: str, config: dict[str, Any], domain: str, nlu: TrainingData) -> Path:
    """A Rasa project of its own under var/, written anew."""
    project = WORK / name / "project"
    shutil.rmtree(project, ignore_errors=True)
    (project / "data").mkdir(parents=True)
    (project / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    (project / "domain.yml").write_text(domain, encoding="utf-8")
    (project / "data" / "nlu.yml").write_text(nlu.nlu_as_yaml(), encoding="utf-8")
    for kind in ("rules", "stories"):
        shutil.copytree(Path("data") / kind, project / "data" / kind)
    return project


def _serving(name: str) -> tuple[Path, Path]:
    """endpoints.yml and credentials.yml for a system."""
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    endpoints = yaml.safe_load(Path("endpoints.yml").read_text(encoding="utf-8"))
    endpoints["tracker_store"]["db"] = str(folder / "conversations.db")
    (folder / "conversations.db").unlink(missing_ok=True)
    if name == "stock":
        endpoints = {"action_endpoint": {"url": endpoints["action_endpoint"]["url"]}}
    channel = "charley.rasa.rest.RestInput" if name == "Charley" else "rest"
    written = folder / "endpoints.yml", folder / "credentials.yml"
    for path, content in zip(written, (endpoints, {channel: None}), strict=True):
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return written


def _trained(name: str, project: Path | None, again: bool) -> Trained:
    """Train from nothing, in a process of its own, unless it was done with the very same files."""
    folder = (WORK / name).absolute()
    record = folder / "training.json"
    inputs = _fingerprint(project) if project else inputs_fingerprint()
    if record.exists() and not again:
        known = json.loads(record.read_text(encoding="utf-8"))
        if known.pop("inputs") == inputs and Path(known["model"]).exists():
            print(f"{name}: trained on {known['date']} from the same files")
            return Trained(**known)
    print(f"{name}: training …", flush=True)
    scratch = folder / "training"
    shutil.rmtree(scratch, ignore_errors=True)
    ignored = shutil.ignore_patterns(".*", "models", "var", "__pycache__")
    shutil.copytree(project or Path(), scratch, ignore=ignored)
    own = ["charley", "train", "--force", "--no-measure"]
    stock = ["rasa", "train", "--out", "models", "--fixed-model-name", "charley"]
    environment = {**os.environ, "PYTHONPATH": str(scratch), "RASA_TELEMETRY_ENABLED": "false"}
    began = time.monotonic()
    with (folder / "training.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *(stock if project else own)],
            cwd=scratch,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    model = scratch / training.MODEL
    if status or not model.exists():
        raise SystemExit(f"{name} could not be trained; see {folder / 'training.log'}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes there, kilobytes here
    peak = usage.ru_maxrss * unit / 1e6
    processor = usage.ru_utime + usage.ru_stime
    trained = Trained(str(model), time.monotonic() - began, processor, peak, time.strftime("%Y-%m-%d"))
    record.write_text(json.dumps({**asdict(trained), "inputs": inputs}), encoding="utf-8")
    return trained


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
