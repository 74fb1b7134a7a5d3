"""From what a person asked in vain to an example that Rasa reads, on a real tracker store."""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from threading import Barrier, Thread

import pytest
from rasa.shared.nlu.training_data.loading import load_data

from charley.care.levels import CareLevel
from charley.trainers.files import Changed, FileProblem
from charley.trainers.inbox import Item, Reason, Refused, accept, correct, dismiss, undo
from charley.trainers.inbox.items import Group
from tests.trainers.inbox.conftest import Talks

VAIN = "would crampons on my boots stop a leg from seizing up"


def contents(folder: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in (folder / "data").rglob("*.yml")}


def changes(before: dict[Path, str], after: dict[Path, str]) -> list[tuple[str, str]]:
    """File and line of all that was added or taken out."""
    return [
        (path.name, line)
        for path in before
        for line in difflib.ndiff(before[path].splitlines(), after[path].splitlines())
        if line[0] in "+-"
    ]


def about(groups: list[Group], text: str) -> Group:
    (found,) = [group for group in groups if text in [item.text for item in group.items]]
    return found


def test_accepted_it_is_one_line_more_that_rasa_reads_and_lies_in_the_inbox_no_longer(
    talks: Talks, trainer: Path
) -> None:
    talks.say(VAIN, thumb="down")
    group = about(talks.inbox(trainer), VAIN)
    assert Reason.THUMB_DOWN in dict(group.reasons)
    before = contents(trainer)
    done = correct(group, intent="ask_prevention", root=trainer)
    assert changes(before, contents(trainer)) == [("relief.yml", f"+     - {VAIN}")]
    assert done.path == trainer / "data/nlu/relief.yml"
    assert done.path.read_text(encoding="utf-8").splitlines()[done.line - 1] == f"    - {VAIN}"
    read = load_data(str(done.path))
    assert {e.get("intent") for e in read.intent_examples if e.get("text") == VAIN} == {"ask_prevention"}
    assert talks.inbox(trainer) == []


def test_a_comment_a_quote_and_the_line_ends_of_the_file_stay_as_they_are(
    talks: Talks, trainer: Path
) -> None:
    path = trainer / "data/nlu/relief.yml"
    text = path.read_text(encoding="utf-8").replace("nlu:", "# mind the gap\nnlu:  # here", 1)
    path.write_bytes(text.replace("\n", "\r\n").encode())
    talks.say(VAIN, thumb="down")
    accept(about(talks.inbox(trainer), VAIN), "ask_prevention", root=trainer)
    written = path.read_bytes().decode()
    assert written.replace(f"    - {VAIN}\r\n", "") == text.replace("\n", "\r\n")


def test_what_a_trainer_accepts_of_a_proposal_goes_to_the_intent_proposed(
    talks: Talks, trainer: Path
) -> None:
    talks.say("can zinc lozenges prevent a cramp on hikes")
    (group,) = talks.inbox(trainer)
    done = accept(group, text="can zinc lozenges prevent a cramp when hiking in hills", root=trainer)
    assert done.intent == group.proposal.intent
    assert done.how == "accepted"


def test_undone_the_file_is_as_it_was_and_the_message_is_back(talks: Talks, trainer: Path) -> None:
    talks.say(VAIN, thumb="down")
    before = contents(trainer)
    accept(about(talks.inbox(trainer), VAIN), "ask_prevention", root=trainer)
    assert contents(trainer) != before
    undone = undo(trainer)
    assert undone is not None
    assert undone.example == VAIN
    assert contents(trainer) == before
    assert about(talks.inbox(trainer), VAIN)
    assert undo(trainer) is None


def test_undo_takes_back_what_it_is_asked_to_though_another_trainer_settled_something_since(
    talks: Talks, trainer: Path
) -> None:
    talks.say(VAIN, thumb="down")
    talks.say("recommend me a thriller")
    mine, others = about(talks.inbox(trainer), VAIN), about(talks.inbox(trainer), "recommend me a thriller")
    done = accept(mine, "ask_prevention", root=trainer)
    dismiss(others, root=trainer)
    undone = undo(trainer, done)
    assert undone is not None
    assert undone.example == VAIN
    assert [group.text for group in talks.inbox(trainer)] == [VAIN]


def test_dismissed_it_does_not_come_back_and_nothing_is_learnt(talks: Talks, trainer: Path) -> None:
    talks.say("recommend me a thriller")
    before = contents(trainer)
    dismiss(about(talks.inbox(trainer), "recommend me a thriller"), why="not ours", root=trainer)
    assert talks.inbox(trainer) == []
    talks.say("Recommend me a thriller!")
    assert talks.inbox(trainer) == []
    assert contents(trainer) == before


def test_what_is_kept_of_settled_messages_holds_no_word_of_theirs(talks: Talks, trainer: Path) -> None:
    talks.say(VAIN, thumb="down")
    talks.say("recommend me a thriller")
    for group in talks.inbox(trainer):
        dismiss(group, root=trainer)
    kept = (trainer / "var/inbox.json").read_text(encoding="utf-8")
    assert len(json.loads(kept)["handled"]) == 2
    assert not any(word in kept.lower() for word in ("crampons", "boots", "thriller"))


def test_the_store_is_only_read(talks: Talks, trainer: Path, caplog: pytest.LogCaptureFixture) -> None:
    talks.say("my name is Priya Ramanathan, recommend me a thriller")
    before = hashlib.sha256(talks.file.read_bytes()).hexdigest()
    (group,) = talks.inbox(trainer)
    assert hashlib.sha256(talks.file.read_bytes()).hexdigest() == before
    assert "thriller" not in caplog.text
    assert "Priya" not in repr(group)
    kept = [p for p in trainer.rglob("*") if p.is_file() and b"Ramanathan" in p.read_bytes()]
    assert kept == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[name] wants to know if boots stop cramps", "Something was taken out"),
        ("me duelen las pantorrillas por la noche, que puedo tomar", "not English"),
        ("  ", "empty"),
        ("/ask_relief", "command"),
        ("do [boots](subject) stop cramps", "marked entity"),
        ("boots " * 120, "500 characters"),
        ("what now, its cramping", r"an example of ask_relief already: data/nlu/relief\.yml, line \d+"),
        ("So whats magnesium actually for, in the body?", "A test says nearly the same: tests/development/questions.csv"),
        ("What exactly is the charley horse? My gran keeps using the phrase", "nearly the same: tests/held_out/"),
    ],
)  # fmt: skip
def test_what_would_do_harm_is_refused_with_the_reason(
    text: str, why: str, talks: Talks, trainer: Path
) -> None:
    talks.say(VAIN, thumb="down")
    group = about(talks.inbox(trainer), VAIN)
    before = contents(trainer)
    with pytest.raises(Refused, match=why):
        accept(group, "ask_prevention", text=text, root=trainer)
    assert contents(trainer) == before
    assert not (trainer / "var/inbox.json").exists()


def test_an_intent_that_there_is_not_is_refused(talks: Talks, trainer: Path) -> None:
    talks.say(VAIN, thumb="down")
    with pytest.raises(Refused, match="no examples of 'ask_boots'"):
        accept(about(talks.inbox(trainer), VAIN), "ask_boots", root=trainer)


def test_what_may_be_dangerous_comes_first_and_is_never_learnt_as_harmless(
    talks: Talks, trainer: Path
) -> None:
    danger = "i have crushing chest pain after my curry, which antacid is best"
    for _ in range(3):
        talks.say("recommend me a thriller")
    talks.say(danger, thumb="down")
    first, *rest = talks.inbox(trainer)
    assert first.level is CareLevel.EMERGENCY
    assert [group.level for group in rest] == [CareLevel.NONE]
    with pytest.raises(Refused, match="The care guard sees a warning sign in this"):
        accept(first, "ask_relief", root=trainer)
    done = accept(first, "out_of_scope_health", root=trainer)
    blocks = Path(done.path).read_text(encoding="utf-8").split("- intent: ")
    (block,) = [block for block in blocks if danger in block]
    assert "needs_care: true" in block


def test_what_may_be_dangerous_is_put_beside_none_that_were_read_and_found_harmless(
    talks: Talks, trainer: Path
) -> None:
    danger = "my statin again, thighs so weak i can not climb the stairs since sunday"
    talks.say(danger, thumb="down")
    done = accept(talks.inbox(trainer)[0], "ask_medication", root=trainer)
    blocks = Path(done.path).read_text(encoding="utf-8").split("- intent: ")
    (block,) = [block for block in blocks if danger in block]
    assert block.startswith("ask_medication")
    assert "harmless: true" not in block


def test_of_two_who_write_at_once_none_overwrites_the_other(talks: Talks, trainer: Path) -> None:
    texts = [
        f"would {boots} stop a leg from seizing up" for boots in ("crampons", "gaiters", "clogs", "wellies")
    ]
    item = Item(texts[0], 1, frozenset({Reason.DECLINED}), CareLevel.NONE, None, None)  # type: ignore[arg-type]
    start, told = Barrier(len(texts)), dict.fromkeys(texts, "")

    def write(text: str) -> None:
        start.wait()
        try:
            accept(item, "ask_prevention", text=text, root=trainer)
        except Changed:
            told[text] = "changed"

    threads = [Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = (trainer / "data/nlu/relief.yml").read_text(encoding="utf-8")
    assert [text in written for text in texts] == [not told[text] for text in texts]
    assert any(not told[text] for text in texts)
    kept = json.loads((trainer / "var/inbox.json").read_text(encoding="utf-8"))
    assert len(kept["handled"]) == sum(not told[text] for text in texts)


def test_a_broken_file_is_told_by_its_line_and_nothing_is_written(talks: Talks, trainer: Path) -> None:
    talks.say(VAIN, thumb="down")
    group = about(talks.inbox(trainer), VAIN)
    path = trainer / "data/nlu/relief.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("- intent: ask_prevention", "\t- intent: ask_prevention")
    )
    before = contents(trainer)
    with pytest.raises(FileProblem, match=r"relief\.yml, line \d+: has a tab"):
        accept(group, "ask_prevention", root=trainer)
    assert contents(trainer) == before
    assert not (trainer / "var/inbox.json").exists()


def test_a_broken_memory_of_settled_messages_is_told_and_left_alone(talks: Talks, trainer: Path) -> None:
    talks.say(VAIN, thumb="down")
    (trainer / "var").mkdir(exist_ok=True)
    (trainer / "var/inbox.json").write_text('{"salt": ', encoding="utf-8")
    with pytest.raises(FileProblem, match=r"inbox\.json: is broken"):
        talks.inbox(trainer)
    assert (trainer / "var/inbox.json").read_text(encoding="utf-8") == '{"salt": '
