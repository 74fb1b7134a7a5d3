"""The inbox as a trainer goes through it in a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

import pytest

from charley.care.levels import CareLevel
from charley.trainers.inbox import Group, Item, Proposal, Reason
from charley.trainers.inbox.terminal import THEN, Sitting, table
from tests.conftest import ROOT
from tests.trainers.inbox.conftest import Talks

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
SECONDS = 240  # a loaded machine takes long to load the assistant
VAIN = "would crampons on my boots stop a leg from seizing up"
CTRL_C, CTRL_D, CTRL_U = "\x03", "\x04", "\x15"


def group(text: str, count: int = 1, level: CareLevel = CareLevel.NONE) -> Group:
    item = Item(text, count, frozenset({Reason.DECLINED}), level, None, NOON)
    return Group(text, [item], level, Proposal("ask_prevention", 0.61, [("ask_relief", 0.2)]))


def sit(groups: list[Group], root: Path, *typed: str | type[BaseException]) -> str:
    """Type these lines, one after the other, and give all that is shown."""
    lines: Iterator[str | type[BaseException]] = iter(typed)
    shown: list[str] = []

    def ask(prompt: str, given: str) -> str:
        line = next(lines, EOFError)
        if isinstance(line, str):
            return line
        raise line

    Sitting(groups, root, ask, shown.append).run()
    return "\n".join(shown)


def relief(root: Path) -> str:
    return (root / "data/nlu/relief.yml").read_text(encoding="utf-8")


def test_accepted_by_one_letter_it_is_written_and_told_at_the_end(trainer: Path) -> None:
    shown = sit([group(VAIN, 3)], trainer, "a")
    assert f"    - {VAIN}\n" in relief(trainer)
    assert "1 of 1 · 3 times · declined 3" in shown
    assert "Charley takes it for ask_prevention (61%, or ask_relief 20%)" in shown
    assert shown.splitlines()[-2:] == [f"Written: 1 example in {trainer}/data/nlu/relief.yml.", THEN]


def test_corrected_by_words_of_the_title_and_a_number(trainer: Path) -> None:
    shown = sit([group(VAIN)], trainer, "c", "what to drink", "1")
    assert "What to drink  (ask_hydration)" in shown
    assert "as ask_hydration." in shown
    assert relief(trainer).index(VAIN) > relief(trainer).index("- intent: ask_hydration")


def test_edited_before_it_is_accepted(trainer: Path) -> None:
    sit([group("[name] says boots stop cramps")], trainer, "a", "e", VAIN, "a")
    assert VAIN in relief(trainer)
    assert "[name]" not in relief(trainer)


def test_what_is_refused_stays_there_to_be_settled_otherwise(trainer: Path) -> None:
    shown = sit([group("what now, its cramping")], trainer, "a", "d", "known")
    assert "Not done: This is an example of ask_relief already" in shown
    assert "Dismissed: 1." in shown


@pytest.mark.parametrize("end", ["q", EOFError, KeyboardInterrupt])
def test_however_it_ends_what_was_settled_stays_settled(
    end: str | type[BaseException], trainer: Path
) -> None:
    shown = sit([group(VAIN), group("something else")], trainer, "a", end)
    assert VAIN in relief(trainer)
    assert THEN in shown


def test_undone_the_group_is_there_again(trainer: Path) -> None:
    before = relief(trainer)
    shown = sit([group(VAIN), group("something else")], trainer, "a", "u", "q")
    assert relief(trainer) == before
    assert f"Taken back: “{VAIN}”." in shown
    assert shown.count("1 of 2") == 2
    assert shown.endswith("Nothing was changed.")


def test_with_nothing_settled_there_is_nothing_to_undo(trainer: Path) -> None:
    assert "Nothing to undo in this sitting." in sit([group(VAIN)], trainer, "u")


def test_a_broken_file_is_told_and_the_sitting_goes_on(trainer: Path) -> None:
    path = trainer / "data/nlu/care.yml"
    path.write_text("nlu:\n\t- broken", encoding="utf-8")
    shown = sit([group(VAIN)], trainer, "a", "s")
    assert "care.yml, line 2: has a tab" in shown
    assert VAIN not in relief(trainer)


def test_danger_is_marked_as_a_clinicians_matter(trainer: Path) -> None:
    shown = sit([group(VAIN, level=CareLevel.EMERGENCY)], trainer, "q")
    assert "! The care guard sees emergency here. Warning signs are for a clinician" in shown


def test_the_table_holds_every_group_and_fits_the_width() -> None:
    groups = [group("w" * 200, 12), group("does zinc help", level=CareLevel.SEE_DOCTOR)]
    lines = table(groups, 80).splitlines()
    assert lines[0].split() == ["times", "care", "text", "why", "taken", "for"]
    assert [line.split()[0] for line in lines[1:3]] == ["12", "1"]
    assert all(len(line) <= 80 for line in lines[:3])
    assert "w" * 200 in table(groups)


class Terminal:
    """`charley inbox` behind a real pseudo-terminal."""

    def __init__(self, cwd: Path, *options: str) -> None:
        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
        command = [sys.executable, "-W", "ignore", "-m", "charley", "inbox", *options]
        self._process = subprocess.Popen(
            command, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
            preexec_fn=_own_the_terminal,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def until(self, text: str) -> None:
        """Wait until it is shown, after what was waited for before."""
        seen, end = len(self.shown), time.monotonic() + SECONDS
        while text not in self.shown[seen:]:
            assert time.monotonic() < end, self.shown
            assert self._read(), self.shown

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait(self) -> int:
        """Until it has ended; gives the exit code."""
        while self._read():
            pass
        return self._process.wait(SECONDS)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], SECONDS)
        read = b""
        with suppress(OSError):  # Linux says so when the other end is closed
            read = os.read(self._ours, 4096) if ready else b""
        self.shown += read.decode(errors="replace")
        return bool(read)


def _own_the_terminal() -> None:
    """Make standard input the controlling terminal, so that ctrl-C reaches the command as a signal.

    Who runs the tests in the background may have told them to ignore it.
    """
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def kept(talks: Talks, trainer: Path) -> Path:
    """A trainer's folder with talks: one thumbed down, one declined."""
    from charley.rasa.stored import back_up

    talks.say("recommend me a thriller")
    talks.say("recommend me a thriller")
    talks.say(VAIN, thumb="down")
    back_up(trainer / "var/conversations.db", talks.store)
    return trainer


MODEL = ("--model", str(ROOT / "models/charley.tar.gz"))


def test_at_a_terminal_it_is_gone_through_and_ctrl_c_loses_nothing(kept: Path) -> None:
    terminal = Terminal(kept, *MODEL)
    try:
        terminal.until("q quit > ")
        assert "recommend me a thriller" in terminal.shown
        terminal.type("s\n")
        terminal.until("q quit > ")
        terminal.type("e\n")
        terminal.until("Text > ")
        terminal.type(f"{CTRL_U}do crampons on boots keep a leg from seizing up\n")
        terminal.until("q quit > ")
        terminal.type("c\n")
        terminal.until("(Enter: back) > ")
        terminal.type("ask_prevention\n")
        terminal.until("(Enter: back) > ")
        terminal.type("1\n")
        code = terminal.wait()
    finally:
        terminal.close()
    assert code == 0, terminal.shown
    assert "    - do crampons on boots keep a leg from seizing up\n" in relief(kept)
    assert THEN in terminal.shown
    assert "Traceback" not in terminal.shown


def test_ctrl_c_at_the_prompt_ends_it_with_a_sentence(kept: Path) -> None:
    terminal = Terminal(kept, *MODEL)
    try:
        terminal.until("q quit > ")
        terminal.type(CTRL_C)
        code = terminal.wait()
    finally:
        terminal.close()
    assert code == 0
    assert "Nothing was changed." in terminal.shown
    assert "Traceback" not in terminal.shown


def run(cwd: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "charley", "inbox", *options]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
    )


def test_piped_it_only_lists(kept: Path) -> None:
    done = run(kept, *MODEL, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(each["text"], each["count"]) for each in told] == [("recommend me a thriller", 2), (VAIN, 1)]
    assert told[1]["reasons"]["thumb_down"] == 1
    assert not (kept / "var/inbox.json").exists()


def test_where_no_one_has_talked_it_says_so_and_what_to_do(trainer: Path) -> None:
    done = run(trainer, *MODEL)
    assert done.returncode == 0, done.stderr
    assert "No one has talked to Charley yet" in done.stdout
    assert "charley run" in done.stdout


def test_a_reason_that_there_is_not_is_told_with_those_that_there_are(trainer: Path) -> None:
    done = run(trainer, *MODEL, "--reason", "bored")
    assert done.returncode == 1
    assert (
        done.stderr.strip().splitlines()[-1].startswith("There is no reason 'bored'. Choose of: declined, ")
    )
