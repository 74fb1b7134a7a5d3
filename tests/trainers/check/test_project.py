"""The project as it stands passes, and the check takes seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path


def test_the_project_passes(root: Path) -> None:
    started, before = time.monotonic(), os.times()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "charley", "check"], cwd=root, capture_output=True, text=True
    )
    taken, after = time.monotonic() - started, os.times()
    busy = after.children_user - before.children_user + after.children_system - before.children_system
    print(f"\ncharley check took {taken:.1f} s, {busy:.1f} s of them of a processor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("All is well: ")


def test_it_needs_no_tensorflow(root: Path) -> None:
    """Importing it alone takes as long as the whole check may."""
    code = "import sys; from charley.trainers.check import run; run(); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=root).returncode == 0
