"""What has tests and what has none: intents, facts, rules, stories, warning flags, responses, the check-up."""

from charley.trainers.coverage.measure import COLUMNS, Coverage, Item, Part, measure
from charley.trainers.coverage.picture import picture
from charley.trainers.coverage.tables import json_of, markdown, table, told, without_tests, write

__all__ = [
    "COLUMNS",
    "Coverage",
    "Item",
    "Part",
    "json_of",
    "markdown",
    "measure",
    "picture",
    "table",
    "told",
    "without_tests",
    "write",
]
