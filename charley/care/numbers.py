"""Emergency numbers, crisis lines and advice lines by country: data/care/numbers.csv.

A number is shown only if its row says on which page of its publisher it was read, and when. Where
the country is not known, or what was told contradicts itself, 911, 999 and 112 are all named. The
same digits mean different things: 111 is the emergency number of New Zealand and not of the UK.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Extra, ValidationError, validator

NUMBERS_FILE = Path("data/care/numbers.csv")
DIAL_ANYWHERE = [("911", "the US"), ("999", "the UK"), ("112", "the EU")]
ANYWHERE = (
    f"your local emergency number ({', '.join(f'{number} in {place}' for number, place in DIAL_ANYWHERE)})"
)
HERE = re.compile(
    r"\b(?:in|live in|living in|based in|over in|visiting|here in|(?:i'm|im|i am) from|i'm|im)\s+(?:the\s+)?$"
)


class NumbersError(ValueError):
    """numbers.csv can't be used; the message names row and column."""


class Country(BaseModel):
    """One country's numbers. `words` are how people name it, `prefix` its international dialling code."""

    class Config:
        extra = Extra.forbid

    country: str
    name: str
    emergency: str
    emergency_page: str
    crisis: str = ""
    crisis_page: str = ""
    advice: str = ""
    advice_page: str = ""
    read: datetime.date
    prefix: str = ""
    words: str = ""

    @validator("country")
    def _is_a_code(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Z]{2}", value):
            raise ValueError("must be an ISO code of two capitals")
        return value

    @validator("emergency_page", "crisis_page", "advice_page")
    def _was_read(cls, value: str, values: dict[str, Any], field: Any) -> str:
        number = values.get(field.name.removesuffix("_page"))
        if bool(number) != value.startswith("http"):
            raise ValueError("a number needs the address of the page it was read on, and a page a number")
        return value


class Numbers(BaseModel):
    """All countries, by ISO code."""

    countries: dict[str, Country]

    def of(self, countries: Sequence[str]) -> Country | None:
        """The numbers to show to someone who is said to be in these countries: None if unclear."""
        known = [self.countries.get(code) for code in dict.fromkeys(countries)]
        return known[0] if len(known) == 1 else None

    def emergency(self, countries: Sequence[str]) -> str:
        """The emergency number, as it stands in a sentence after "call"."""
        country = self.of(countries)
        return country.emergency if country else ANYWHERE

    def dial(self, countries: Sequence[str]) -> list[tuple[str, str]]:
        """The emergency numbers one by one, each with the place where it holds."""
        country = self.of(countries)
        if country is None:
            return DIAL_ANYWHERE
        return [(number, country.name) for number in re.findall(r"\d[\d ]*\d", country.emergency)]

    def named_in(self, text: str) -> str | None:
        """The country in which a person says to be ("i'm in sydney"); None unless it is just one."""
        here, named = set(), set()
        for code, country in self.countries.items():
            for word in filter(None, (w.strip() for w in country.words.split(";"))):
                for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE):
                    named.add(code)
                    if HERE.search(text[: match.start()].lower()):
                        here.add(code)
        return here.pop() if len(named) == len(here) == 1 else None

    def of_phone(self, number: str) -> str | None:
        """The country of an international phone number ("+64 21 …"), where its prefix tells."""
        match = re.search(r"\+(\d{1,3})", number)
        if match is None:
            return None
        codes = [
            c
            for c, country in self.countries.items()
            if country.prefix and match[1].startswith(country.prefix)
        ]
        return codes[0] if len(codes) == 1 else None


def load_numbers(path: Path = NUMBERS_FILE) -> Numbers:
    """Read the table.

    Raises:
        NumbersError: if it can't be read or a row is not valid; every problem is named.
    """
    problems, countries = [], {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                try:
                    country = Country.parse_obj(row)
                    countries[country.country] = country
                except ValidationError as error:
                    problems += [
                        f"{path.name}, row {number}, {e['loc'][-1]}: {e['msg']}" for e in error.errors()
                    ]
    except (OSError, UnicodeDecodeError) as error:
        raise NumbersError(f"{path.name}: {error}") from error
    if problems:
        raise NumbersError("\n".join(problems))
    return Numbers(countries=countries)
