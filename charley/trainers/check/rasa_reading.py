"""Rasa's own reading of domain.yml, rules and stories, each once, and what Rasa says of them.

Only from rasa.shared: all else of Rasa imports TensorFlow, which takes ten seconds.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charley.trainers.check.project import DOMAIN, RULES, STORIES, Project

if TYPE_CHECKING:
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.generator import TrackerWithCachedStates

COLOUR = re.compile(r"\x1b\[\d*m")
NEWS = "Slot auto-fill has been removed in 3.0"  # which Rasa tells of every domain
Said = list[tuple[Path, str]]  # what Rasa says of which file


@lru_cache(maxsize=1)
def read_domain(project: Project) -> tuple[Domain | None, Said]:
    """Rasa's domain with the check-up's responses, None if Rasa refuses it."""
    project.readable(DOMAIN)
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # else Rasa draws progress bars
    path, said = project.root / DOMAIN, Said()
    asked = project.check_up.responses()
    from rasa.shared.core.domain import Domain
    from rasa.shared.exceptions import RasaException

    with _listening(path, said):
        try:
            return Domain.from_yaml(project.text(path)).merge(Domain.from_dict({"responses": asked})), said
        except RasaException as error:
            said.append((path, _one_line(error)))
    return None, said


@lru_cache(maxsize=1)
def read_stories(project: Project) -> tuple[list[Any], Said]:
    """The steps of all rules and stories of the files that can be read."""
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
    from rasa.shared.exceptions import RasaException

    steps, said = list[Any](), Said()
    for path in project.under(RULES, STORIES):
        if project.tree(path) is None:
            continue
        with _listening(path, said):
            try:
                steps += YAMLStoryReader(source_name=project.name(path)).read_from_string(project.text(path))
            except (RasaException, AttributeError, KeyError, TypeError) as error:  # what it trips over
                said.append((path, _one_line(error)))
    return steps, said


def read_talks(project: Project) -> tuple[list[TrackerWithCachedStates], Domain]:
    """Every rule and story as a talk; none where Rasa can't read the domain."""
    project.readable(RULES, STORIES)
    domain, _ = read_domain(project)
    steps, _ = read_stories(project)
    if domain is None:
        return [], domain
    from rasa.shared.core.generator import TrainingDataGenerator
    from rasa.shared.core.training_data.structures import StoryGraph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = StoryGraph(steps)
        return TrainingDataGenerator(
            graph, domain, remove_duplicates=False, augmentation_factor=0
        ).generate(), domain


@contextmanager
def _listening(path: Path, said: Said) -> Iterator[None]:
    """Take down what Rasa warns of."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
    told = (_one_line(warning.message) for warning in warned if warning.category is UserWarning)
    said += [(path, message) for message in told if not message.startswith(NEWS)]


def _one_line(message: object) -> str:
    return " ".join(COLOUR.sub("", str(message)).split())
