"""What a model is made from: which files, and the label inside each model that says so."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from charley.knowledge import SNAPSHOT

LABEL = "made_from.json"  # the first file of a model, so that it is read without unpacking the rest
INPUTS = ("config.yml", "domain.yml", "uv.lock", "data", "charley")
# Of these what no model is made from: a change there trains nothing.
APART = (
    "charley/cli.py",
    "charley/trainers",
    "charley/rasa/bench.py",
    "charley/rasa/logs.py",
    "charley/rasa/metrics",
    "charley/rasa/platforms",
    "charley/rasa/server.py",
    "charley/rasa/services",
    "charley/rasa/widget",
    "data/facts/left_out.csv",
    "data/facts/withdrawn.csv",
)
NLU = Path("data/nlu")
SHORT = 12  # characters of a fingerprint that people are shown


@dataclass(frozen=True)
class MadeFrom:
    """What a model was trained from.

    Attributes:
        inputs: the fingerprint of all files together; empty where one was edited during the training.
        files: path -> hash of its content.
        examples: intent -> number of examples.
        trained: when it was finished, in ISO 8601, UTC.
        seconds: of a processor that the training took.
    """

    inputs: str
    files: Mapping[str, str]
    examples: Mapping[str, int]
    trained: str = ""
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """What people are shown of the fingerprint."""
        return self.inputs[:SHORT]


def files_at_hand(root: Path = Path()) -> dict[str, str]:
    """Every file under `root` that a model is made from, with a hash of its content."""
    found: dict[str, str] = {}
    for name in INPUTS:
        path = root / name
        files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
        for file in files:
            place = file.relative_to(root)
            if not file.exists() or any(place.is_relative_to(apart) for apart in APART):
                continue
            if "__pycache__" not in file.parts and not file.name.startswith("."):
                found[place.as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def inputs_fingerprint(root: Path = Path()) -> str:
    """A hash over all that a model is made from, by content, so that a fresh clone trains once."""
    return _hash(files_at_hand(root))


def made_from(root: Path = Path()) -> MadeFrom:
    """What a training would be made from now."""
    files = files_at_hand(root)
    return MadeFrom(_hash(files), files, examples_at_hand(root))


def examples_at_hand(root: Path = Path()) -> dict[str, int]:
    """Intent -> number of its examples in data/nlu/; empty while these can't be read."""
    counts = Counter[str]()
    for path in sorted((root / NLU).glob("*.yml")):
        try:
            blocks = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]
            for block in blocks:
                lines = block["examples"].splitlines()
                counts[block["intent"]] += sum(line.startswith("- ") for line in lines)
        except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError, AttributeError):
            return {}
    return dict(sorted(counts.items()))


def label(archive: Path, made: MadeFrom) -> None:
    """Put what a model was made from into its archive, as the first file; all of it or nothing."""
    text = json.dumps(asdict(made)).encode()
    labelled = archive.with_name(f".{archive.name}.labelled")
    with tarfile.open(archive) as old, tarfile.open(labelled, "w:gz", compresslevel=6) as new:
        member = tarfile.TarInfo(LABEL)
        member.size = len(text)
        new.addfile(member, io.BytesIO(text))
        members = [m for m in old.getmembers() if Path(m.name).name != LABEL]
        members.sort(key=lambda m: Path(m.name).name != SNAPSHOT)  # next, so that it is found at once too
        for member in members:
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    os.replace(labelled, archive)


def read_label(archive: Path) -> MadeFrom | None:
    """What a model was made from; None for one that has no label (trained by plain `rasa train`)."""
    try:
        with tarfile.open(archive) as tar:
            member = tar.next()
            content = tar.extractfile(member) if member and member.name == LABEL else None
            return MadeFrom(**json.loads(content.read())) if content else None
    except (OSError, tarfile.TarError, ValueError, TypeError):
        return None


def _hash(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
