"""Bad data on warning signs is reported; good data is read as written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from charley.care.levels import CareLevel
from charley.care.signs import CareData, CareDataError, load_care

CARE = Path(__file__).parents[2] / "data" / "care"
SIGN = {"id": "swelling", "level": "urgent_same_day", "source": "RF24", "patterns": ["$leg .. swollen|puffy"]}


def data(*signs: dict[str, Any], **groups: str) -> dict[str, Any]:
    return {"groups": groups or {"leg": "leg|calf"}, "signs": list(signs) or [SIGN]}


def load(folder: Path, content: Any) -> CareData:
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    (folder / "signs.yml").write_text(text, encoding="utf-8")
    return load_care(folder)


def complaint(folder: Path, content: Any) -> str:
    with pytest.raises(CareDataError) as caught:
        load(folder, content)
    return str(caught.value)


def test_a_sign_is_read_as_written(tmp_path: Path) -> None:
    [sign] = load(tmp_path, data()).signs
    assert (sign.id, sign.level, sign.patterns) == ("swelling", CareLevel.URGENT_SAME_DAY, SIGN["patterns"])


def test_a_group_stands_for_its_words_in_lower_case(tmp_path: Path) -> None:
    assert load(tmp_path, data(leg="Leg|calf")).words("$leg|ARM") == ["leg", "calf", "arm"]


def test_the_vocabulary_holds_words_and_no_marks(tmp_path: Path) -> None:
    sign = {**SIGN, "patterns": ["$leg & swollen", "puffy .. $leg"]}
    assert load(tmp_path, data(sign)).vocabulary() == {"leg", "calf", "swollen", "puffy"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": "none"}, "a level above none"),
        ({"level": "soon"}, "signs.0.level"),
        ({"id": "Not An Id"}, "signs.0.id"),
        ({"source": ""}, "signs.0.source"),
        ({"patterns": []}, "signs.0.patterns"),
        ({"patterns": ["$arm .. hurts"]}, "there is no group '$arm'"),
        ({"patterns": ["hand|$arm hurts"]}, "there is no group '$arm'"),
        ({"severity": "high"}, "signs.0.severity"),
    ],
)
def test_a_bad_sign_is_reported_with_its_place(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    message = complaint(tmp_path, data({**SIGN, **change}))
    assert message.startswith("signs.yml, signs")
    assert words in message


@pytest.mark.parametrize("field", ["level", "source", "patterns"])
def test_a_missing_field_is_reported(tmp_path: Path, field: str) -> None:
    sign = {key: value for key, value in SIGN.items() if key != field}
    assert f"signs.0.{field}: field required" in complaint(tmp_path, data(sign))


def test_a_sign_that_stands_twice_is_reported(tmp_path: Path) -> None:
    assert "'swelling' stands twice" in complaint(tmp_path, data(SIGN, SIGN))


def test_every_bad_sign_is_reported_at_once(tmp_path: Path) -> None:
    message = complaint(tmp_path, data({**SIGN, "level": "soon"}, {**SIGN, "id": "other", "source": ""}))
    assert "signs.0.level" in message
    assert "signs.1.source" in message


@pytest.mark.parametrize("content", ["", "- a list", "groups: {leg: leg", "groups: {leg: leg}"])
def test_a_file_that_holds_no_signs_is_reported(tmp_path: Path, content: str) -> None:
    assert complaint(tmp_path, content).startswith("signs.yml")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CareDataError, match=r"signs\.yml"):
        load_care(tmp_path)


def test_a_snapshot_gives_the_same_signs_back() -> None:
    care = load_care(CARE)
    assert CareData.parse_obj(care.snapshot()) == care


@pytest.mark.parametrize("level", [level for level in CareLevel if level is not CareLevel.NONE])
def test_the_real_data_has_signs_of_every_level(level: CareLevel) -> None:
    assert level in {sign.level for sign in load_care(CARE).signs}


def test_every_real_sign_names_the_research_that_it_rests_on() -> None:
    unsourced = [s.id for s in load_care(CARE).signs if not all(r.startswith("RF") for r in s.source.split())]
    assert unsourced == []
