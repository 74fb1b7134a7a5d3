"""The bills of materials: complete, and as CycloneDX 1.5 says.

cyclonedx/ holds the standard's own schemas (Apache License 2.0), unchanged, as cyclonedx-python-lib 11.12.0 ships them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, RefResolver, ValidationError
from jsonschema.validators import extend

from scripts.audit import bom
from scripts.audit.licences import licences
from tests.conftest import ROOT

SCHEMAS = Path(__file__).with_name("cyclonedx")
ELSEWHERE = {"tensorflow-macos", "tensorflow-cpu-aws"}  # for other machines: not installed, so no metadata


@pytest.fixture(scope="module")
def python() -> dict[str, Any]:
    return bom.python_bom(ROOT)


@pytest.fixture(scope="module")
def widget() -> dict[str, Any]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed here")
    return bom.widget_bom(ROOT)


@pytest.fixture(params=["python", "widget"])
def bill(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.getfixturevalue(request.param)
    return found


def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
    return read


def too_many(_: object, allowed: bool, items: list[Any], within: dict[str, Any]) -> Iterator[ValidationError]:
    """`additionalItems`, as CycloneDX uses it; jsonschema 4.17 sorts what it can't sort to tell of it."""
    if not allowed and len(items) > len(within["items"]):
        yield ValidationError("there are more than one")


def faults(bill: dict[str, Any]) -> list[str]:
    standard = schema("bom-1.5")
    others = {
        read["$id"].replace(".schema", ".SNAPSHOT.schema"): read for read in map(schema, ("spdx", "jsf-0.82"))
    }
    validator = extend(Draft7Validator, {"additionalItems": too_many})
    resolver = RefResolver(standard["$id"], standard, store=others)
    return [error.message[:200] for error in validator(standard, resolver=resolver).iter_errors(bill)]


def test_a_bill_is_as_cyclonedx_says(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert faults(bill) == []


def test_a_licence_that_spdx_does_not_know_is_a_fault(python: dict[str, Any]) -> None:
    """Else the test above could not fail."""
    broken = json.loads(json.dumps(python))
    broken["components"][0]["licenses"] = [{"license": {"id": "Be-Nice-1.0"}}]
    assert len(faults(broken)) == 1


def test_every_package_of_the_lock_is_in_the_bill(python: dict[str, Any]) -> None:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r'\[\[package]]\nname = "(.+)"\nversion = "(.+)"', lock))
    del locked["charley"]
    assert bom.versions(python) == {name: {version} for name, version in locked.items()}


def test_every_package_that_is_installed_is_in_the_bill_in_that_version(python: dict[str, Any]) -> None:
    here = {re.sub(r"[-_.]+", "-", found.name).lower(): found.version for found in distributions()}
    del here["charley"]
    listed = bom.versions(python)
    assert {name: version for name, version in here.items() if version not in listed.get(name, ())} == {}


def test_every_package_of_the_widgets_lock_is_in_the_bill(widget: dict[str, Any]) -> None:
    lock = json.loads((ROOT / "widget" / "package-lock.json").read_text(encoding="utf-8"))
    locked = {
        (path.rpartition("node_modules/")[2], row["version"])
        for path, row in lock["packages"].items()
        if path
    }
    assert {
        (name, version) for name, several in bom.versions(widget).items() for version in several
    } == locked


def test_each_component_has_a_version_a_hash_and_a_licence(bill: dict[str, Any]) -> None:
    def hashed(component: dict[str, Any]) -> bool:
        files = component.get("externalReferences", [])
        return bool(component.get("hashes") or (files and all(file.get("hashes") for file in files)))

    assert len(bill["components"]) > 50
    lacking = [
        component["name"]
        for component in bill["components"]
        if not (component.get("version") and hashed(component) and component.get("licenses"))
    ]
    assert set(lacking) <= ELSEWHERE


def test_what_charley_carries_without_a_package_is_in_the_bill(python: dict[str, Any]) -> None:
    encoder = next(found for found in python["components"] if found["name"].endswith("encoder.onnx"))
    content = (ROOT / encoder["name"]).read_bytes()
    assert encoder["hashes"][0]["content"] == hashlib.sha256(content).hexdigest()
    assert encoder["type"] == "machine-learning-model"


def test_a_package_that_is_not_installed_has_no_licence_made_up() -> None:
    assert licences("tensorflow-from-the-moon") == []


def test_without_the_installer_it_is_said_in_a_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.audit", "bom"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == "There is no .uv/bin/uv. Install everything with: make setup\n"
