"""Which emergency number, crisis line and advice line is named, and when none of them can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.care.numbers import ANYWHERE, Country, Numbers, NumbersError, load_numbers

FILE = Path(__file__).parents[2] / "data" / "care" / "numbers.csv"
HEAD = "country,name,emergency,emergency_page,crisis,crisis_page,advice,advice_page,read,prefix,words"
GOOD = "XX,Xland,123,https://example.org/call,,,,,2026-01-31,999,xland; exland"
CODES = [line.split(",", 1)[0] for line in FILE.read_text(encoding="utf-8").splitlines()[1:]]


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return load_numbers(FILE)


def load(folder: Path, *rows: str, head: str = HEAD) -> Numbers:
    path = folder / "numbers.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return load_numbers(path)


def test_a_row_is_read_as_written(tmp_path: Path) -> None:
    country = load(tmp_path, GOOD).countries["XX"]
    assert (country.name, country.emergency, country.crisis, country.prefix) == ("Xland", "123", "", "999")


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("XX", "xx", "country"),
        ("XX", "XXL", "country"),
        ("https://example.org/call", "", "emergency_page"),
        ("https://example.org/call", "somewhere", "emergency_page"),
        ("123", "", "emergency_page"),
        (",,,,,2026", ",988,,,,2026", "crisis_page"),
        (",,,,,2026", ",,,,https://example.org/advice,2026", "advice_page"),
        ("2026-01-31", "lately", "read"),
        ("2026-01-31", "", "read"),
    ],
)
def test_a_bad_row_is_reported_with_row_and_column(tmp_path: Path, old: str, new: str, column: str) -> None:
    with pytest.raises(NumbersError) as caught:
        load(tmp_path, GOOD.replace("XX", "YY").replace("999", "998"), GOOD.replace(old, new))
    assert f"numbers.csv, row 3, {column}: " in str(caught.value)


def test_every_bad_row_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(NumbersError) as caught:
        load(tmp_path, GOOD.replace("XX", "x"), GOOD.replace("123", ""))
    assert "row 2, country" in str(caught.value)
    assert "row 3, emergency_page" in str(caught.value)


def test_an_unknown_column_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NumbersError, match=r"row 2, police"):
        load(tmp_path, f"{GOOD},110", head=f"{HEAD},police")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NumbersError, match=r"numbers\.csv"):
        load_numbers(tmp_path / "numbers.csv")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", ["emergency", "crisis", "advice"])
def test_every_number_has_the_page_on_which_it_was_read(numbers: Numbers, code: str, kind: str) -> None:
    country = numbers.countries[code]
    assert bool(getattr(country, kind)) == getattr(country, f"{kind}_page").startswith("http")


def test_every_country_stands_once_and_has_an_emergency_number(numbers: Numbers) -> None:
    assert len(CODES) == len(set(CODES)) == len(numbers.countries)
    assert all(country.emergency for country in numbers.countries.values())


@pytest.mark.parametrize(
    ("code", "number"),
    [("US", "911"), ("CA", "911"), ("GB", "999"), ("AU", "000"), ("NZ", "111"), ("DE", "112"), ("IE", "112")],
)
def test_each_country_has_its_own_emergency_number(numbers: Numbers, code: str, number: str) -> None:
    assert number in numbers.emergency([code])


def test_111_is_for_emergencies_in_new_zealand_and_for_advice_in_the_uk(numbers: Numbers) -> None:
    assert numbers.countries["NZ"].emergency == "111"
    assert "111" not in numbers.countries["GB"].emergency
    assert "111" in numbers.countries["GB"].advice


@pytest.mark.parametrize("code", [code for code in CODES if code != "NZ"])
def test_111_is_an_emergency_number_nowhere_else(numbers: Numbers, code: str) -> None:
    assert "111" not in numbers.emergency([code])


def test_000_is_an_emergency_number_in_australia_only(numbers: Numbers) -> None:
    assert [code for code in CODES if "000" in numbers.emergency([code])] == ["AU"]


@pytest.mark.parametrize("countries", [[], ["GB", "NZ"], ["US", "GB", "US"], ["ZZ"], ["GB", "ZZ"]])
def test_without_one_clear_country_all_numbers_are_named(numbers: Numbers, countries: list[str]) -> None:
    assert numbers.of(countries) is None
    assert numbers.emergency(countries) == ANYWHERE
    assert all(number in ANYWHERE for number in ("911", "999", "112"))


def test_a_country_told_twice_is_clear(numbers: Numbers) -> None:
    assert numbers.emergency(["NZ", "NZ"]) == "111"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I'm in Sydney and my calf hurts", "AU"),
        ("i live in the uk", "GB"),
        ("I am in London", "GB"),
        ("im from new zealand", "NZ"),
        ("we are based in Auckland", "NZ"),
        ("i'm canadian, which number?", "CA"),
        ("living in Germany now", "DE"),
        ("visiting the usa", "US"),
        ("I am in the United States", "US"),
        ("I'm in the U.S. right now", "US"),
        ("i'm  in   dublin", "IE"),
    ],
)
def test_a_country_in_which_someone_says_to_be_is_found(numbers: Numbers, text: str, code: str) -> None:
    assert numbers.named_in(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "which foods have magnesium?",
        "french fries and a london fog",
        "my aunt loves australia",
        "the flight to new zealand was long",
        "i'm in londonderry",
        "I'm in London but I live in Sydney",
        "calf pain since my flight from sydney",
        "i am in a panic",
        "she is american",
        "it hurts to walk in us sizes",
    ],
)
def test_a_country_that_is_only_mentioned_or_not_clear_is_none(numbers: Numbers, text: str) -> None:
    assert numbers.named_in(text) is None


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("+44 7700 900123", "GB"),
        ("+64 21 123 456", "NZ"),
        ("+61412345678", "AU"),
        ("whatsapp:+353861234567", "IE"),
        ("+49 151 1234", "DE"),
        ("+420 601 123 456", "CZ"),
        ("+421 901 123 456", "SK"),
    ],
)
def test_an_international_phone_number_tells_its_country(numbers: Numbers, phone: str, code: str) -> None:
    assert numbers.of_phone(phone) == code


@pytest.mark.parametrize("phone", ["", "07700 900123", "+1 555 0100", "+81 90 1234", "44 7700", "+", "anon"])
def test_a_phone_number_without_a_prefix_that_tells_is_of_no_country(numbers: Numbers, phone: str) -> None:
    assert numbers.of_phone(phone) is None


def test_no_prefix_is_the_beginning_of_another(numbers: Numbers) -> None:
    prefixes = [country.prefix for country in numbers.countries.values() if country.prefix]
    assert not [(a, b) for a in prefixes for b in prefixes if a != b and b.startswith(a)]


def test_a_snapshot_gives_the_same_numbers_back(numbers: Numbers) -> None:
    assert Numbers.parse_raw(numbers.json()) == numbers
    assert isinstance(numbers.countries["GB"], Country)
