"""Under which licence an installed package comes, as CycloneDX writes it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

Choice = dict[str, Any]  # https://cyclonedx.org/docs/1.5/json/#components_items_licenses

# Trove classifiers that mean one SPDX licence; those that leave it open ("BSD License") keep their name.
SPDX = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
}
TROVE = "License :: OSI Approved"


def licences(package: str) -> list[Choice]:
    """What the metadata of an installed package says of its licence.

    Args:
        package: as the lock names it.

    Returns:
        An SPDX expression where there is one (PEP 639), else the licences that its classifiers name, else
        its free text; empty where it is not installed here.
    """
    try:
        told = metadata(package).json  # names in small letters; what may stand several times is a list
    except PackageNotFoundError:
        return []
    if expression := told.get("license_expression"):
        return [{"expression": expression}]
    if named := _classified(told.get("classifier", ())):
        return [{"license": {"id": SPDX[name]} if name in SPDX else {"name": name}} for name in named]
    text = str(told.get("license", "")).strip().splitlines()
    return [{"license": {"name": text[0]}}] if text else []


def _classified(classifiers: Sequence[str]) -> list[str]:
    prefix = f"{TROVE} :: "
    return [line.removeprefix(prefix) for line in classifiers if line.startswith(prefix)]
