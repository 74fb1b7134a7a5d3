"""What the Dockerfiles say, read as far as tests need it; and a folder and a process like those of a container.

There is no container engine where the tests run: bubblewrap shows a server the folder that the image would hold,
as a user of its own who can write nothing but /tmp.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from charley.rasa.server import Child
from tests.conftest import ROOT
from tests.deploy.tools import bubblewrap

IMAGES = ROOT / "deploy" / "images"
USER = "10001"
START_SECONDS = 300  # on a machine that has other things to do
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc")


@dataclass(frozen=True)
class Image:
    """A Dockerfile: each instruction with what stands after it."""

    name: str
    instructions: Sequence[tuple[str, str]]

    @classmethod
    def read(cls, name: str) -> Image:
        lines = (IMAGES / f"{name}.Dockerfile").read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
        joined = re.sub(r"\\\n\s*", "", text).splitlines()
        return cls(name, [tuple(line.split(maxsplit=1)) for line in joined if line.strip()])  # type: ignore[misc]

    def all(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.instructions if name == instruction]

    @property
    def last_stage(self) -> Image:
        """What remains of it in the image."""
        begins = max(index for index, (name, _) in enumerate(self.instructions) if name == "FROM")
        return Image(self.name, self.instructions[begins:])

    @property
    def copies(self) -> list[tuple[Sequence[str], str]]:
        """From the project's folder: sources and where to."""
        parts = [rest.split() for rest in self.all("COPY") if not rest.startswith("--from")]
        return [(words[:-1], words[-1]) for words in parts]

    @property
    def environment(self) -> dict[str, str]:
        pairs = re.findall(r"(\w+)=(\S+)", " ".join(self.all("ENV")))
        return dict(pairs)

    def lay_out(self, folder: Path) -> Path:
        """A folder with what the last stage copies from the project into its own."""
        for sources, target in self.last_stage.copies:
            for source in sources:
                end = "__pycache__"
                to = folder / (target if not target.endswith("/") else f"{target}{Path(source).name}")
                to.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns(end))
                else:
                    shutil.copy(ROOT / source, to)
        return folder


def is_ignored(path: str) -> bool:
    """Whether .dockerignore hides a path of the project: the last line that fits decides."""
    hidden = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            shows = pattern.startswith("!")
            if _fits(path, pattern.lstrip("!")):
                hidden = not shows
    return hidden


def _fits(path: str, pattern: str) -> bool:
    """Whether a pattern names a path or a folder above it."""
    parts = path.split("/")
    folders = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    if pattern.startswith("**/"):
        return any(fnmatchcase(part, pattern[3:]) for part in parts)
    depth = pattern.count("/")
    return any(fnmatchcase(each, pattern) for each in folders if each.count("/") == depth)


@dataclass
class Contained:
    """A server that runs in a view like a container's."""

    process: subprocess.Popen[bytes]
    pid: int  # of the server itself
    log: Path
    url: str

    def stop(self, seconds: float) -> int:
        """Send SIGTERM, as an engine does; gives the exit code."""
        os.kill(self.pid, 15)
        return self.process.wait(seconds)

    @property
    def megabytes(self) -> float:
        """Its memory (RSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


@contextmanager
def contained(
    app: Path,
    packages: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    health: str,
    files: Sequence[Path] = (),
    volumes: Sequence[str] = (),
) -> Iterator[Contained]:
    """A server that answers, in a root of its own that it can't write to, as a user who is nobody.

    Args:
        app: the image's folder.
        packages: the environment with Python.
        command: what comes after `python -m charley`.
        health: an address that answers once it is there.
        files: further ones to be seen.
        volumes: folders in `app` that can be written to.
    """
    seen = [argument for folder in SYSTEM for argument in ("--ro-bind-try", folder, folder)]
    for path in (Path(sys.base_prefix), packages, *files):
        seen += ["--ro-bind", str(path), str(path)]
    view = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", *seen, "--ro-bind", str(app), "/app"]
    for volume in volumes:
        view += ["--bind", str(app / volume), f"/app/{volume}"]
    nobody = ["--unshare-user", "--uid", USER, "--gid", USER, "--cap-drop", "ALL", "--remount-ro", "/"]
    settings = {
        "PATH": f"{packages}/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    log = app.parent / "log"
    reading, writing = os.pipe()
    with log.open("wb") as output:
        options = ["--chdir", "/app", "--die-with-parent", "--info-fd", str(writing)]
        serve = [str(packages / "bin" / "python"), "-m", "charley", *command]
        process = subprocess.Popen(
            [bubblewrap(), *view, *nobody, *options, *serve],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=settings,
            pass_fds=[writing],
        )
    os.close(writing)
    with os.fdopen(reading) as told:
        pid = json.load(told)["child-pid"]
    try:
        child = Child("", process, log, health)
        until = time.monotonic() + START_SECONDS
        while not child.answers():
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < until, log.read_text(errors="replace")[-2000:]
            time.sleep(0.2)
        yield Contained(process, pid, log, health)
    finally:
        process.kill()
        process.wait()
