"""How well intents are told on examples that the model did not learn from, fold by fold.

Reading and features are taken as the trained model makes them, once: they know the examples' words,
not their intents. Near-same wordings stand in one fold, or a model would be asked what it was told.
The slips that a training adds to each example are left out: half the time, and little difference.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from charley.care.twins import near_twins
from charley.rasa.inputs import NLU
from charley.trainers.quality.details import Guess

FOLDS = 5  # each takes six seconds of one core, the features of 16,800 examples eighteen
SEED = 7  # of the folds: the same examples give the same figures


def examples_of(root: Path = Path()) -> list[tuple[str, str]]:
    """Every example of data/nlu/, in file order: its text and intent."""
    found = []
    for path in sorted((root / NLU).glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            lines = block["examples"].splitlines() if "intent" in block else ()
            found += [(line[2:].strip(), block["intent"]) for line in lines if line.startswith("- ")]
    return found


def cross_validate(archive: Path, root: Path = Path(), folds: int = FOLDS) -> Iterator[list[Guess]]:
    """What each example is taken for by a model that learnt from the other folds; a list a fold.

    Args:
        archive: the trained model, whose reading and features are used.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    from charley.reading.intents import Example, IntentModel

    texts, intents = zip(*examples_of(root), strict=True)
    features, kinds, width = _seen(archive, texts)
    examples = [Example(f, k) for f, k in zip(features, kinds, strict=True)]
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    for learnt, asked in split.split(texts, intents, families(texts)):
        model = IntentModel.train([examples[i] for i in learnt], [intents[i] for i in learnt], width)
        yield [Guess(texts[i], intents[i], model.predict(examples[i])[0][0]) for i in asked]


def families(texts: Sequence[str]) -> list[int]:
    """A number for each text, the same for texts that are near twins, or twins of twins."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = list(near_twins(texts))
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    graph = coo_matrix(([1] * len(pairs), (rows, columns)), shape=(len(texts), len(texts)))
    return [int(family) for family in connected_components(graph, directed=False)[1]]


def _seen(archive: Path, texts: Sequence[str]) -> tuple[list, list[frozenset[str]], int]:  # type: ignore[type-arg]
    """What the trained model sees of texts: features, kinds of subject named, and the features' width."""
    from charley.reading.features import Featurizer
    from charley.reading.names import NameFinder
    from charley.reading.reader import Reader
    from charley.reading.spelling import Speller

    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(archive) as tar:
            tar.extractall(scratch)

        def part(component: str) -> Path:
            return next(Path(scratch).glob(f"components/train_*.{component}*"))

        def kept(component: str, name: str) -> dict[str, object]:
            return dict(json.loads((part(component) / name).read_text(encoding="utf-8")))

        reader = Reader(Speller(**kept("MessageReader", "spelling.json")))  # type: ignore[arg-type]
        featurizer = Featurizer.load(part("SentenceFeaturizer"))
        finder = NameFinder(kept("SubjectExtractor", "names.json"))  # type: ignore[arg-type]
        kinds: dict[str, str] = kept("CharleyIntentClassifier", "known.json")["kinds"]  # type: ignore[assignment]
    readings = [reader.read(text) for text in texts]
    named = [frozenset(kinds[m.subject] for m in finder.find(r) if m.subject in kinds) for r in readings]
    return featurizer.of_all([reading.text for reading in readings]), named, featurizer.width
