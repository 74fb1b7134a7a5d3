"""The bills of materials: every package of the two locks, and the encoder, as CycloneDX 1.5.

uv and npm write them from their locks; added here is what they leave out: the licences of the Python
packages, and the files that Charley carries without a package.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.audit.licences import licences

Bom = dict[str, Any]
UV = Path(".uv/bin/uv")
FOLDER = Path("var/sbom")
PYTHON, WIDGET = "charley.cdx.json", "widget.cdx.json"
APACHE = [{"license": {"id": "Apache-2.0"}}]
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
CARRIED = {  # docs/dependencies.md tells how they were made
    "charley/reading/encoder.onnx": f"{MINILM}, int8, tuned on Charley's own wordings",
    "charley/reading/minilm_tokenizer.json": f"the tokenizer of {MINILM}, unchanged",
}
OLD_FIELD = {"xmlhttprequest-ssl": "MIT"}  # its package.json has `licenses`, which npm passes over


class NoBom(RuntimeError):
    """A bill can't be made; the message says why and what to do, in a line."""


def write(root: Path = Path()) -> list[Path]:
    """Write both bills into var/sbom/ and return where.

    Raises:
        NoBom: if uv or npm is missing or fails.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    places = []
    for name, bom in ((PYTHON, python_bom(root)), (WIDGET, widget_bom(root))):
        (folder / name).write_text(json.dumps(bom, indent=1) + "\n", encoding="utf-8")
        places.append(folder / name)
    return places


def python_bom(root: Path = Path()) -> Bom:
    """All that uv.lock names, for every platform and for tests too, with the files that Charley carries."""
    uv = root / UV
    if not uv.exists():
        raise NoBom(f"There is no {UV}. Install everything with: make setup")
    told = ["export", "--frozen", "--quiet", "--no-progress", "--all-groups", "--format", "cyclonedx1.5"]
    bom = _json([str(uv.resolve()), *told], root)
    bom["metadata"]["component"].update(type="application", licenses=APACHE)
    for component in bom["components"]:
        if found := licences(component["name"]):
            component["licenses"] = found
    bom["components"] += [_carried(root, path, what) for path, what in CARRIED.items()]
    return bom


def widget_bom(root: Path = Path()) -> Bom:
    """All that the widget's lock names; npm marks what only builds it."""
    bom = _json(["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], root / "widget")
    bom["metadata"]["component"].update(name="charley-chat", licenses=APACHE)
    for component in bom["components"]:
        if component["name"] in OLD_FIELD and not component.get("licenses"):
            component["licenses"] = [{"license": {"id": OLD_FIELD[component["name"]]}}]
    return bom


def versions(bom: Bom) -> dict[str, set[str]]:
    """The versions of each package of a bill; npm may have one in several."""
    found: dict[str, set[str]] = {}
    for component in bom["components"]:
        if "purl" in component:
            found.setdefault(component["name"], set()).add(component["version"])
    return found


def _carried(root: Path, path: str, what: str) -> dict[str, Any]:
    content = (root / path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return {
        "type": "machine-learning-model" if path.endswith(".onnx") else "file",
        "bom-ref": path,
        "name": path,
        "version": digest[:12],
        "description": what,
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": APACHE,
    }


def _json(command: Sequence[str], folder: Path) -> Bom:
    program = Path(command[0]).name
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NoBom(f"{program} is not installed here; it writes the bill of the widget.") from None
    try:
        bom: Bom = json.loads(done.stdout)
        return bom
    except json.JSONDecodeError:
        reason = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise NoBom(f"{program} could not write a bill of materials: {reason}") from None
