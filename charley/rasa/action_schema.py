"""Saves Rasa from proving at every action that its own JSON schema is one: 20 ms of a turn.

`RemoteAction._validate_action_result` (rasa/core/actions/action.py) calls `jsonschema.validate`, which
first checks the schema against the meta-schema and only then the action server's answer (0.3 ms)
against the schema. The schema never changes, so once is enough. jsonschema lets one register a
validator for a meta-schema; the one registered here remembers which schemas it found valid, and is
its own Draft202012Validator in everything else. Answers are checked each time, as before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend, validates

META_SCHEMA = Draft202012Validator.META_SCHEMA["$id"]
_check_all_of = Draft202012Validator.VALIDATORS["allOf"]
_valid: set[str] = set()  # schemas, as text


def check_schemas_once() -> None:
    """Register the validator; twice does no harm."""
    validates("draft2020-12")(extend(Draft202012Validator, {"allOf": _all_of}))


def _all_of(
    validator: Any, parts: list[Any], instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """The keyword `allOf`, which holds nearly all of the meta-schema: passed over for known schemas."""
    if schema.get("$id") != META_SCHEMA:
        yield from _check_all_of(validator, parts, instance, schema)
        return
    text = json.dumps(instance, sort_keys=True)
    if text in _valid:
        return
    errors = list(_check_all_of(validator, parts, instance, schema))
    if not errors:
        _valid.add(text)
    yield from errors
