"""Bad data on warning flags is reported with its place; good data is read as written."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from charley.care.flags import CareData, CareDataError, load_care, load_families
from charley.care.levels import CareLevel

FLAG: dict[str, Any] = {
    "flag": "swelling",
    "level": "urgent_same_day",
    "source": "RF24",
    "patterns": ["$leg .. swollen|puffy"],
}
CAUTION: dict[str, Any] = {
    "id": "a_caution",
    "source": "a source",
    "patterns": ["warfarin"],
    "flags": ["swelling"],
    "attributes": ["relief"],
    "say": "Ask first.",
}
WORDS: dict[str, Any] = {"groups": {"leg": "leg|Calf"}, "notes": {"fever": ["fever"]}}


def write(folder: Path, *flags: dict[str, Any], words: Any = WORDS, cautions: Any = (CAUTION,)) -> Path:
    (folder / "flags").mkdir(exist_ok=True)
    for flag in flags or (FLAG,):
        path = folder / "flags" / f"{flag.get('flag', 'nameless')}.yml"
        path.write_text(yaml.safe_dump(flag), encoding="utf-8")
    (folder / "words.yml").write_text(yaml.safe_dump(words), encoding="utf-8")
    (folder / "cautions.yml").write_text(yaml.safe_dump(list(cautions)), encoding="utf-8")
    return folder


def complaint(folder: Path) -> str:
    with pytest.raises(CareDataError) as caught:
        load_care(folder)
    return str(caught.value)


def family(name: str, *wordings: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "wordings": list(wordings), **more}


def test_a_flag_is_read_as_written(tmp_path: Path) -> None:
    [flag] = load_care(write(tmp_path)).flags
    assert (flag.flag, flag.level, flag.patterns) == ("swelling", CareLevel.URGENT_SAME_DAY, FLAG["patterns"])


def test_flags_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    care = load_care(write(tmp_path, FLAG, {**FLAG, "flag": "aching"}))
    assert [flag.flag for flag in care.flags] == ["aching", "swelling"]


def test_words_notes_and_cautions_are_read_along(tmp_path: Path) -> None:
    care = load_care(write(tmp_path))
    assert care.groups == WORDS["groups"]
    assert care.notes == WORDS["notes"]
    assert [caution.id for caution in care.cautions] == ["a_caution"]


def test_the_vocabulary_holds_every_word_of_flags_notes_and_cautions(tmp_path: Path) -> None:
    care = load_care(write(tmp_path, {**FLAG, "figurative": ["swollen_head"]}))
    assert care.vocabulary() == {"leg", "calf", "swollen", "puffy", "head", "fever", "warfarin"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": "soon"}, "level"),
        ({"source": ""}, "a flag above none needs a source"),
        ({"patterns": "leg hurts"}, "patterns"),
        ({"severity": "high"}, "severity"),
        ({"families": [{"name": "Not A Name", "wordings": ["it is swollen"]}]}, "families.0.name"),
        ({"families": [{"name": "a_name", "wordings": []}]}, "families.0.wordings"),
        ({"families": [{"name": "a_name", "wordings": ["x"] * 16}]}, "families.0.wordings"),
        ({"lesser": [{"name": "a_name", "level": "soon", "wordings": ["x"]}]}, "lesser.0.level"),
    ],
)
def test_a_bad_flag_is_reported_with_file_and_place(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    message = complaint(write(tmp_path, {**FLAG, **change}))
    assert message.startswith("swelling.yml, ")
    assert words in message


@pytest.mark.parametrize("field", ["flag", "level"])
def test_a_missing_field_is_reported(tmp_path: Path, field: str) -> None:
    message = complaint(write(tmp_path, {key: value for key, value in FLAG.items() if key != field}))
    assert f"{field}: field required" in message


def test_a_flag_at_none_needs_no_source(tmp_path: Path) -> None:
    [flag] = load_care(write(tmp_path, {"flag": "swelling", "level": "none"})).flags
    assert flag.source == ""


def test_a_file_must_be_named_after_its_flag(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "flags" / "swelling.yml").rename(tmp_path / "flags" / "other.yml")
    assert "other.yml: the file of the flag 'swelling' must be named after it" in complaint(tmp_path)


def test_every_bad_flag_is_reported_at_once(tmp_path: Path) -> None:
    message = complaint(write(tmp_path, {**FLAG, "level": "soon"}, {**FLAG, "flag": "other", "source": ""}))
    assert {line.split(",")[0] for line in message.splitlines()} == {"swelling.yml", "other.yml"}


@pytest.mark.parametrize("content", ["", "- a list", "flag: [unclosed", "just words"])
def test_a_file_that_holds_no_flag_is_reported_by_name(tmp_path: Path, content: str) -> None:
    write(tmp_path)
    (tmp_path / "flags" / "broken.yml").write_text(content, encoding="utf-8")
    assert complaint(tmp_path).startswith("broken.yml")


@pytest.mark.parametrize("name", ["words.yml", "cautions.yml"])
def test_a_missing_file_is_reported_by_name(tmp_path: Path, name: str) -> None:
    (write(tmp_path) / name).unlink()
    assert name in complaint(tmp_path)


@pytest.mark.parametrize("name", ["words.yml", "cautions.yml"])
def test_a_file_of_another_form_is_reported_and_not_a_crash(tmp_path: Path, name: str) -> None:
    (write(tmp_path) / name).write_text("just words", encoding="utf-8")
    complaint(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("$arm .. hurts", "there is no group '$arm'"),
        (".. hurts", "must begin and end with a word"),
        ("leg||calf", "holds an empty word"),
    ],
)
@pytest.mark.parametrize("place", ["patterns", "figurative", "note", "caution"])
def test_a_pattern_that_can_not_be_read_is_reported_with_its_owner(
    tmp_path: Path, pattern: str, words: str, place: str
) -> None:
    flag = {**FLAG, place: [pattern]} if place in ("patterns", "figurative") else FLAG
    shared = {**WORDS, "notes": {"fever": [pattern]}} if place == "note" else WORDS
    caution = {**CAUTION, "patterns": [pattern]} if place == "caution" else CAUTION
    message = complaint(write(tmp_path, flag, words=shared, cautions=[caution]))
    assert words in message
    assert {"note": "fever", "caution": "a_caution"}.get(place, "swelling") in message


def test_a_bad_pattern_is_reported_where_there_are_no_cautions(tmp_path: Path) -> None:
    assert "'$arm'" in complaint(write(tmp_path, {**FLAG, "patterns": ["$arm"]}, cautions=[]))


def test_a_flag_may_not_have_the_name_of_a_note(tmp_path: Path) -> None:
    assert "'fever' stands twice" in complaint(write(tmp_path, {**FLAG, "flag": "fever"}, cautions=[]))


@pytest.mark.parametrize(("part", "fits"), [("fever", True), ("swelling", True), ("moonlight", False)])
def test_what_adds_up_must_be_a_flag_or_a_note(tmp_path: Path, part: str, fits: bool) -> None:
    write(tmp_path, FLAG, {**FLAG, "flag": "infection", "together": [["swelling", part]]})
    if fits:
        assert load_care(tmp_path).flags[0].together == [["swelling", part]]
    else:
        assert "infection: together names 'moonlight'" in complaint(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flags": ["moonlight"]}, "a_caution: there is no flag 'moonlight'"),
        ({"attributes": ["reliefs"]}, "attributes"),
        ({"attributes": []}, "attributes"),
        ({"say": ""}, "say"),
        ({"source": ""}, "source"),
        ({"because": "no"}, "because"),
    ],
)
def test_a_bad_caution_is_reported(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    assert words in complaint(write(tmp_path, cautions=[{**CAUTION, **change}]))


def test_wordings_tell_their_flag_level_and_family(tmp_path: Path) -> None:
    flag = {
        **FLAG,
        "families": [family("at_night", "it swelled", "so puffy")],
        "look_alikes": [family("big_head", "his head is swollen", level="emergency")],
        "lesser": [family("both_legs", "both are puffy", level="see_doctor")],
    }
    told = [(w.text, w.flag, w.level.value, w.family) for w in load_care(write(tmp_path, flag)).wordings()]
    assert told == [
        ("it swelled", "swelling", "urgent_same_day", "swelling/at_night"),
        ("so puffy", "swelling", "urgent_same_day", "swelling/at_night"),
        ("his head is swollen", "swelling", "none", "swelling/big_head"),
        ("both are puffy", "swelling", "see_doctor", "swelling/both_legs"),
    ]


def test_families_are_read_from_one_file(tmp_path: Path) -> None:
    path = tmp_path / "any_name.yml"
    flag = {"flag": "swelling", "level": "emergency", "families": [family("one", "it is big")]}
    path.write_text(yaml.safe_dump(flag), encoding="utf-8")
    assert [(w.text, w.level) for w in load_families(path)] == [("it is big", CareLevel.EMERGENCY)]


def test_bad_families_are_reported_by_file(tmp_path: Path) -> None:
    path = tmp_path / "any_name.yml"
    path.write_text(yaml.safe_dump({"flag": "swelling", "level": "soon"}), encoding="utf-8")
    with pytest.raises(CareDataError, match=r"any_name\.yml, level"):
        load_families(path)


# ── The project's own data ────────────────────────────────────────────────────────────────────


def test_a_snapshot_is_plain_data_and_gives_all_but_the_wordings_back(care: CareData) -> None:
    plain = care.snapshot()
    assert json.loads(json.dumps(plain)) == plain
    kept = CareData.parse_obj(plain)
    assert (kept.groups, kept.notes, kept.cautions) == (care.groups, care.notes, care.cautions)
    assert [f.patterns for f in kept.flags] == [f.patterns for f in care.flags]
    assert [f.together for f in kept.flags] == [f.together for f in care.flags]
    assert list(kept.wordings()) == []
    assert kept.snapshot() == plain


@pytest.mark.parametrize("level", CareLevel)
def test_there_are_flags_of_every_level(care: CareData, level: CareLevel) -> None:
    assert level in {flag.level for flag in care.flags}


def test_every_flag_above_none_names_its_source(care: CareData) -> None:
    above = [flag for flag in care.flags if flag.level is not CareLevel.NONE]
    assert [flag.flag for flag in above if not flag.source.strip()] == []


@pytest.mark.parametrize("level", [CareLevel.SEE_DOCTOR, CareLevel.URGENT_SAME_DAY])
def test_every_flag_whose_reply_gives_a_reason_has_one(care: CareData, level: CareLevel) -> None:
    assert [f.flag for f in care.flags if f.level is level and not f.because.endswith(".")] == []


def test_every_flag_above_none_has_wordings_patterns_and_look_alikes(care: CareData) -> None:
    above = [flag for flag in care.flags if flag.level is not CareLevel.NONE]
    assert [f.flag for f in above if not (f.families and f.look_alikes and (f.patterns or f.together))] == []


def test_no_family_name_stands_twice_within_its_flag(care: CareData) -> None:
    twice = [
        (flag.flag, name)
        for flag in care.flags
        for name, count in Counter(f.name for f in [*flag.families, *flag.look_alikes, *flag.lesser]).items()
        if count > 1
    ]
    assert twice == []


def test_no_wording_stands_at_two_levels(care: CareData) -> None:
    levels: dict[str, set[str]] = {}
    for wording in care.wordings():
        levels.setdefault(wording.text.lower(), set()).add(wording.level.value)
    assert [text for text, at in levels.items() if len(at) > 1] == []


def test_no_pattern_holds_the_mark_of_a_number_among_words_where_it_means_itself(care: CareData) -> None:
    assert [
        pattern for pattern in care.patterns() for part in pattern.split() if "#" in part and part != "#"
    ] == []
