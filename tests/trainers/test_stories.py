"""A talk as it ran is kept as a story and as a test, and nothing that stood there is touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from charley.trainers import recording
from charley.trainers.files import FileProblem, save
from charley.trainers.recording import Recorder, lines_as_asked
from charley.trainers.stories import NotRecorded, dialogue, part, record, story_of
from charley.trainers.talks import Exchange, Talk
from tests.conversations.test_conversations import Dialogue
from tests.test_cli import charley

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from charley.rasa.assistant import Assistant

STORIES, DIALOGUES = Path("data/stories"), Path("tests/conversations/dialogues")
FOODS = Exchange(
    said="which foods have magnesium?",
    pressed=None,
    intent="ask_food_sources",
    confidence=0.99,
    ranking=(),
    subjects=["magnesium"],
    care_level="none",
    kinds=["answer"],
    fact_ids=["magnesium-food-sources", "supplements-ask-first"],
    replies=["Spinach."],
    at=datetime(2026, 11, 30, tzinfo=timezone.utc),
    thumb=None,
)
THANKS = replace(FOODS, said="thanks", intent="thank", kinds=["smalltalk"], fact_ids=[])
SIGNS = replace(
    FOODS, said="", pressed="/ask_deficiency_signs", intent="ask_deficiency_signs", fact_ids=["a"]
)
CARE = replace(
    FOODS, said="my chest hurts", intent="report_symptom", care_level="emergency", kinds=["care"], fact_ids=[]
)
NOISE = replace(FOODS, said="???", intent="nlu_fallback", kinds=["fallback"], fact_ids=[])


def talk(*turns: Exchange) -> Talk:
    return Talk("somebody-1", turns)


@pytest.fixture(scope="module")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's data: learning its words takes seconds."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(root / "data", folder / "data")
    return folder


@pytest.fixture
def project(copy: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its stories and dialogues as they stand, as the current folder."""
    for folder in (STORIES, DIALOGUES):
        shutil.rmtree(copy / folder, ignore_errors=True)
        shutil.copytree(root / folder, copy / folder)
    monkeypatch.chdir(copy)
    return copy


def written(project: Path, talk: Talk, name: str, topic: str) -> dict[str, str]:
    """What is added by recording, by folder."""
    drafts = record(project, talk, name, topic)
    save(drafts, project)
    return {d.path.parent.name: d.text.removeprefix(d.before or "") for d in drafts}


def test_a_talk_becomes_a_story_of_intents_and_actions_and_a_test_of_what_was_said(project: Path) -> None:
    added = written(project, talk(FOODS, SIGNS, THANKS), "Asks, presses, thanks", "Asking politely")
    assert added["stories"] == (
        'version: "3.1"\n\nstories:\n'
        "- story: Asks, presses, thanks\n"
        "  steps:\n"
        "  - intent: ask_food_sources\n"
        "  - action: action_answer_question\n"
        "  - intent: ask_deficiency_signs\n"
        "  - action: action_answer_question\n"
        "  - intent: thank\n"
        "  - action: utter_welcome\n"
    )
    assert added["dialogues"] == (
        "- name: Asks, presses, thanks\n"
        "  turns:\n"
        "  - user: which foods have magnesium?\n"
        "    intent: ask_food_sources\n"
        "    kinds: [answer]\n"
        "    facts: [magnesium-food-sources, supplements-ask-first]\n"
        "    care_level: none\n"
        "  - press: /ask_deficiency_signs\n"
        "    kinds: [answer]\n"
        "    facts: [a]\n"
        "    care_level: none\n"
        "  - user: thanks\n"
        "    intent: thank\n"
        "    kinds: [smalltalk]\n"
        "    facts: none\n"
        "    care_level: none\n"
    )
    assert (project / STORIES / "asking_politely.yml").exists()
    assert (project / DIALOGUES / "asking_politely.yml").exists()


def test_no_words_of_the_bot_go_into_either_file(project: Path) -> None:
    added = written(project, talk(FOODS, THANKS), "a", "b")
    assert "Spinach" not in "".join(added.values())


@pytest.mark.parametrize("topic", [path.stem for path in sorted(Path(DIALOGUES).glob("*.yml"))] or ["care"])
def test_what_stood_in_a_file_stays_as_it_was_to_the_byte(topic: str, project: Path) -> None:
    before = (project / DIALOGUES / f"{topic}.yml").read_bytes()
    written(project, talk(FOODS), "a case of its own", topic)
    after = (project / DIALOGUES / f"{topic}.yml").read_bytes()
    assert after.startswith(before)
    assert yaml.safe_load(after)[:-1] == yaml.safe_load(before)


@pytest.mark.parametrize(
    "before",
    [
        "version: '3.1'   # as it came\nstories:\n\n# the first\n- story: one\n  steps: []\n",
        "version: '3.1'\nstories:\n    - story: one   # far in\n      steps: []\n# the end",
        "stories:\r\n- story: one\r\n  steps: []\r\n",
        "version: '3.1'\nstories:\n",
    ],
    ids=["comments", "indented and no end of line", "Windows", "empty"],
)
def test_a_story_is_added_whatever_the_file_looks_like(before: str, project: Path) -> None:
    path = project / STORIES / "asking.yml"
    path.write_bytes(before.encode())
    written(project, talk(FOODS, THANKS), "a case", "asking")
    after = path.read_bytes().decode()
    assert after.startswith(before)
    assert [story["story"] for story in yaml.safe_load(after)["stories"]][-1] == "a case"
    assert ("\r\n" in before) == ("\r\n" in after)
    assert after.count("\n") == after.count("\r\n") or "\r\n" not in before


def test_a_file_that_does_not_end_with_its_stories_is_left_alone(project: Path) -> None:
    path = project / STORIES / "asking.yml"
    path.write_text("stories:\n- story: one\n  steps: []\nversion: '3.1'\n")
    with pytest.raises(FileProblem, match="does not end with its list"):
        record(project, talk(FOODS, THANKS), "a case", "asking")


def test_a_broken_file_is_told_by_its_line(project: Path) -> None:
    (project / STORIES / "asking.yml").write_text("stories:\n\t- story: one\n")
    with pytest.raises(FileProblem, match=r"asking\.yml, line 2: has a tab"):
        record(project, talk(FOODS, THANKS), "a case", "asking")


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([FOODS], "One turn is a rule already"),
        ([FOODS, CARE], "Turn 2 is answered by the care policy"),
        ([replace(CARE, intent=None, kinds=["notice"]), FOODS], "Turn 1 is answered by the care policy"),
        ([NOISE, NOISE], "Turn 2 is answered by the care policy"),
        ([replace(FOODS, intent="ask_why"), replace(FOODS, intent="ask_why")], ""),
    ],
)
def test_where_a_story_would_add_nothing_or_overrule_care_only_the_test_is_written(
    turns: list[Exchange], why: str, project: Path
) -> None:
    assert story_of(project, talk(*turns)).why_not.startswith(why)
    assert set(written(project, talk(*turns), "a case", "asking")) == (
        {"dialogues"} if why else {"dialogues", "stories"}
    )


def test_a_care_reply_before_an_answer_does_not_keep_a_talk_from_being_a_story(project: Path) -> None:
    reminded = replace(FOODS, kinds=["care", "answer"], care_level="see_doctor")
    assert story_of(project, talk(reminded, THANKS)).why_not == ""


def test_what_a_story_tells_already_as_a_part_of_it_is_not_told_twice(project: Path) -> None:
    asked = talk(FOODS, THANKS)
    written(project, talk(SIGNS, FOODS, THANKS), "the whole", "asking")
    assert story_of(project, asked).why_not == "The story 'the whole' tells this already."
    assert set(written(project, asked, "a part", "asking")) == {"dialogues"}


def test_a_story_that_has_no_test_yet_gives_its_name_to_the_test_of_the_same_talk(project: Path) -> None:
    save([d for d in record(project, talk(FOODS, THANKS), "the case", "asking") if "stories" in d.path.parts])
    assert set(written(project, talk(FOODS, THANKS), "the case", "asking")) == {"dialogues"}


@pytest.mark.parametrize("name", ["the case", "The  Case", "off topic and back", "relief now", "", "x" * 101])
def test_a_name_that_is_taken_or_none_is_refused(name: str, project: Path) -> None:
    written(project, talk(FOODS, THANKS), "the case", "asking")
    with pytest.raises(NotRecorded, match=r"already|needs a name"):
        record(project, talk(SIGNS, FOODS), name, "another")


@pytest.mark.parametrize("topic", ["", "../secrets", "zinc/iron", "5 things", "ünïcode"])
def test_a_topic_that_names_no_file_is_refused(topic: str, project: Path) -> None:
    with pytest.raises(NotRecorded, match="is no topic"):
        record(project, talk(FOODS), "a case", topic)


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([], "Nothing was said"),
        ([FOODS] * 7, "7 turns"),
        ([FOODS, replace(THANKS, said="thanks, my name is Bob Miller")], "Turn 2 may tell of a person"),
        ([replace(FOODS, said="write to me at bob@example.com")], "Turn 1 may tell of a person"),
    ],
)
def test_a_talk_that_is_none_to_test_with_is_refused_with_the_reason(
    turns: Sequence[Exchange], why: str, project: Path
) -> None:
    with pytest.raises(NotRecorded, match=why):
        dialogue(Talk("somebody-1", turns), "a case", project)
    with pytest.raises(NotRecorded, match=why):
        record(project, Talk("somebody-1", turns), "a case", "asking")


def test_a_part_of_a_long_talk_can_be_kept(project: Path) -> None:
    kept = part(talk(*[FOODS] * 5, SIGNS, THANKS), 6, 7)
    assert [turn.intent for turn in kept.turns] == ["ask_deficiency_signs", "thank"]


def test_every_story_of_the_project_has_a_test_of_its_name(root: Path) -> None:
    names = {d["name"] for path in (root / DIALOGUES).glob("*.yml") for d in yaml.safe_load(path.read_text())}
    told = [
        s["story"]
        for path in (root / STORIES).glob("*.yml")
        for s in yaml.safe_load(path.read_text())["stories"]
    ]
    assert [name for name in told if name not in names] == []


# ── In the terminal, with the real assistant ──────────────────────────────────────────────────

TYPED = ["which foods have magnesium?", "/2", "what is the meaning of life", "/back", "thanks"]


class Terminal:
    """Types prepared lines, and keeps what is shown. An exception among the lines is raised in its turn."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self._lines: Iterator[str | type[BaseException]] = iter(lines)
        self.shown: list[str] = []

    def ask(self, prompt: str) -> str:
        self.shown.append(prompt)
        line = next(self._lines, EOFError)
        if isinstance(line, str):
            return line
        raise line

    @property
    def text(self) -> str:
        return "\n".join(self.shown)


Recorded = Callable[..., Terminal]


@pytest.fixture
def chat(assistant: Assistant, project: Path) -> Recorded:
    """Record a chat of these lines."""

    def run(*lines: Any, **given: str) -> Terminal:
        terminal = Terminal(*lines)
        recording.run(assistant, project, terminal.ask, terminal.shown.append, **given)
        return terminal

    return run


def kept(project: Path, topic: str = "asking") -> list[dict[str, Any]]:
    path = project / DIALOGUES / f"{topic}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []


def test_each_turn_shows_intent_facts_level_answer_and_quick_replies(chat: Recorded, project: Path) -> None:
    shown = chat("which foods have magnesium?", "/drop").text
    assert "taken for ask_food_sources (" in shown
    assert "about magnesium; care level none" in shown
    assert "facts said: magnesium-food-sources" in shown
    assert "| Sources: " in shown
    assert "/2 Signs of a lack" in shown


def test_a_chat_ends_with_a_name_and_a_topic_and_tells_what_was_written_and_what_comes_next(
    chat: Recorded, project: Path
) -> None:
    shown = chat(*TYPED, "/end", "Foods, signs, thanks", "asking").text
    [case] = kept(project)
    assert case["name"] == "Foods, signs, thanks"
    assert [turn.get("user") or turn["press"].split("{")[0] for turn in case["turns"]] == [
        "which foods have magnesium?",
        "/ask_deficiency_signs",
        "thanks",
    ]
    assert "Written: data/stories/asking.yml" in shown
    assert "Written: tests/conversations/dialogues/asking.yml" in shown
    assert ".venv/bin/pytest tests/conversations/test_conversations.py -k asking" in shown


def test_the_recorded_test_holds_for_the_assistant_that_it_was_recorded_with(
    chat: Recorded, project: Path, assistant: Assistant
) -> None:
    import asyncio

    from charley.rasa.converse import Dialogue as Turns
    from charley.rasa.converse import converse

    chat(*TYPED, "/end", "Foods, signs, thanks", "asking")
    case = Dialogue.parse_obj(kept(project)[0])
    said = asyncio.run(converse(assistant, Turns(id="test", turns=case.given)))["turns"]
    wrong = [list(turn.wrong_with(came)) for turn, came in zip(case.turns, said, strict=True)]
    assert wrong == [[]] * len(case.turns)


async def test_a_story_that_was_written_is_one_that_the_rules_agree_with(
    project: Path, agent: Any, tmp_path: Path
) -> None:
    from tests.rasa.test_stories import run_stories

    written(project, talk(FOODS, SIGNS, THANKS), "asks and thanks", "asking")
    result, failed = await run_stories(project / STORIES / "asking.yml", agent, tmp_path)
    assert result["correct"] == result["total"] == 1, failed


def test_what_is_taken_back_is_forgotten_by_the_assistant_too(assistant: Assistant) -> None:
    recorder = Recorder(assistant)
    recorder.say("which foods have magnesium?")
    recorder.say("which foods have calcium?")
    recorder.take_back()
    recorder.say("what are the signs of too little of it?")
    recorder.close()
    assert any(id_.startswith("magnesium") for id_ in recorder.turns[-1].fact_ids)
    assert not any(id_.startswith("calcium") for id_ in recorder.turns[-1].fact_ids)


def test_a_turn_that_tells_of_a_person_is_pointed_out_at_once_and_can_be_taken_back(
    chat: Recorded, project: Path
) -> None:
    shown = chat(
        "thanks, my name is Bob Miller", "/end", "/back", "thanks", "/end", "says thanks", "asking"
    ).text
    assert "Type /back, then say it in plain words." in shown
    assert "Turn 1 may tell of a person" in shown
    assert [turn["user"] for turn in kept(project)[0]["turns"]] == ["thanks"]


def test_a_name_that_is_taken_is_asked_for_again(chat: Recorded, project: Path) -> None:
    shown = chat("thanks", "/end", "off topic and back", "asking", "says thanks", "asking").text
    assert "There is a case named 'off topic and back' already" in shown
    assert [case["name"] for case in kept(project)] == ["says thanks"]


def test_no_more_turns_are_taken_than_a_test_may_have(chat: Recorded, project: Path) -> None:
    shown = chat(*["thanks"] * 7, "/end", "many thanks", "asking").text
    assert "A case has 6 turns at most" in shown
    assert len(kept(project)[0]["turns"]) == 6


def test_an_unknown_command_or_quick_reply_is_not_said_to_the_bot(chat: Recorded, project: Path) -> None:
    shown = chat("/1", "/bcak", "/drop").text
    assert "There is no such quick reply" in shown
    assert "/bcak is no command and no quick reply" in shown
    assert "taken for" not in shown


@pytest.mark.parametrize("answer", ["y", "n"])
def test_ctrl_c_asks_whether_to_keep_the_talk(answer: str, chat: Recorded, project: Path) -> None:
    shown = chat("thanks", KeyboardInterrupt, answer, "says thanks", "asking").text
    assert "Keep what was said (turns: 1)?" in shown
    assert [case["name"] for case in kept(project)] == (["says thanks"] if answer == "y" else [])


@pytest.mark.parametrize("stop", [KeyboardInterrupt, EOFError])
def test_who_breaks_off_at_the_name_finds_the_talk_in_a_file(
    stop: type[BaseException], chat: Recorded, project: Path
) -> None:
    shown = chat("thanks", "/end", stop).text
    assert kept(project) == []
    assert "What was said is in var/recording.yml" in shown
    left = yaml.safe_load((project / "var" / "recording.yml").read_text(encoding="utf-8"))
    assert left[0]["turns"][0]["user"] == "thanks"


def test_two_trainers_who_write_the_same_file_do_not_lose_each_others_case(
    chat: Recorded, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(drafts: Any, root: Path) -> None:
        (root / DIALOGUES / "asking.yml").write_text("- name: the other's\n  turns:\n  - user: hi\n")
        save(drafts, root)

    monkeypatch.setattr(recording, "save", meanwhile)
    shown = chat("thanks", "/end", "says thanks", "asking").text
    assert "was changed by someone else meanwhile" in shown
    assert [case["name"] for case in kept(project)] == ["the other's"]
    assert "What was said is in var/recording.yml" in shown


def test_turns_from_a_pipe_are_shown_as_they_are_read() -> None:
    shown: list[str] = []
    ask = lines_as_asked(["hi\n", "\n", "bye\n"], shown.append)
    assert [ask("1 > "), ask("2 > ")] == ["hi", "bye"]
    assert shown == ["1 > hi", "2 > bye"]
    with pytest.raises(EOFError):
        ask("3 > ")


def test_turns_from_a_pipe_need_a_name_and_a_topic(root: Path) -> None:
    done = charley("record", "--name", "a case", cwd=root)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["Turns from a pipe need --name and --topic, as no one can be asked."]


def test_without_a_model_the_command_says_how_to_get_one(tmp_path: Path) -> None:
    done = charley("record", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "There is no model at models/charley.tar.gz. Train one with: make train"
    ]
