"""Takes the numbers out of a message that may tell who wrote it: telephone, house, date, id.

What says how much, how long, how often or how bad stays: a small number with its unit.
"""

from __future__ import annotations

import re
from collections.abc import Collection

NUMBER, AGE = "[number]", "[age]"
OLDEST = 90  # from this age on few enough live somewhere to be found (45 CFR 164.514(b)(2)(i)(C))
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_YEARS = "years?|yrs?|yo|y/o"
_UNIT = (
    r"mg|mcg|[µμ]g|ug|g|grams?|kgs?|kilos?|lbs?|pounds?|stones?|oz|ounces?|ml|l|litres?|liters?|cups?|glass(?:es)?|pints?|"
    r"bottles?|tea ?spoons?|tsp|table ?spoons?|tbsp|tablets?|tabs?|pills?|capsules?|drops?|sachets?|portions?|servings?|km|k|"
    r"kilomet(?:re|er)s?|miles?|mi|met(?:re|er)s?|m|cm|mm|inch(?:es)?|ft|feet|steps?|percent|%|bpm|mmol(?:/l)?|mmhg|iu|units?|"
    r"calories|kcal|degrees?|°\s?[cf]?|celsius|fahrenheit|ms|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|days?|nights?|"
    r"evenings?|mornings?|weeks?|wks?|months?|mths?|decades?|times?|x|reps?|sets?|rounds?|holes?|flights?|stairs|am|pm|a\.m|p\.m|"
    r"o'?clock|cramps?|spasms?|legs?|calves|toes?|sources?|" + _YEARS
)
_AMOUNT = r"\d{1,4}(?:[.,]\d{1,3})?"
KEPT = re.compile(
    rf"(?:{_AMOUNT}(?:\s?(?:-|to|or|/)\s?{_AMOUNT})?\s?-?\s?(?P<unit>{_UNIT})"
    rf"|\d{{1,2}}(?:\.5)?\s?(?:/|out\s+of|of)\s?10|(?:[01]?\d|2[0-3]):[0-5]\d(?:\s?[ap]m)?"
    r"|\d{1,2}\s+(?:in the|at)\s+(?:morning|afternoon|evening|night)|[1-9][.)](?=\s))(?![\w])",
    re.IGNORECASE,
)  # fmt: skip
KIND = re.compile(r"\b(?:type|grade|stage|week|day|month|vitamin|vit|omega|level|size)[\s-]*$", re.IGNORECASE)
AGED = re.compile(r"\b(?:aged?(?:\s+of)?|over|under|past)[\s:]*$", re.IGNORECASE)
DATES = [
    re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b\.?,?(?:\s+\d{{2,4}}\b)?", re.IGNORECASE),
    re.compile(
        rf"\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b(?!\s*(?:{_UNIT})\b)", re.IGNORECASE
    ),
    re.compile(r"\b\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b"),
]
_DIGIT = "zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple"
SPELT = re.compile(rf"\b(?:{_DIGIT})(?:[\s,-]+(?:{_DIGIT})){{3,}}\b", re.IGNORECASE)
# A run with a digit in it, whatever it hangs together with.
RUN = re.compile(r"(?<!\w)[#£$€+]?(?:[A-Za-z]{1,4}-)*\w*\d(?:\w|[.,:/-](?=\w))*[%°]?")


def without_numbers(text: str, codes: Collection[str]) -> str:
    """A text with numbers replaced by "[number]", but for those that say how much, long, often or bad.

    Args:
        codes: terms of letters and digits that tell of nobody ("b12").
    """
    for pattern in [*DATES, SPELT]:
        text = pattern.sub(NUMBER, text)
    parts, at = [], 0
    for found in RUN.finditer(text):
        if found.start() < at:
            continue  # within what is kept already
        before = text[: found.start()]
        kept = KEPT.match(text, found.start())
        stands, end = NUMBER, found.end()
        if found[0].lower() in codes:
            stands = found[0]
        elif kept and kept.end() >= found.end() and not re.search(r"\d[\s-]?$", before):
            stands, end = kept[0], kept.end()
            if re.fullmatch(_YEARS, kept["unit"] or "", re.IGNORECASE) and _first(kept[0]) >= OLDEST:
                stands = f"{AGE} {kept['unit']}"
        elif re.fullmatch(r"\d{1,2}", found[0]) and KIND.search(before):
            stands = found[0]
        elif re.fullmatch(r"\d{1,3}", found[0]) and AGED.search(before):
            stands = found[0] if int(found[0]) < OLDEST else AGE
        parts += [text[at : found.start()], stands]
        at = end
    return "".join([*parts, text[at:]])


def _first(text: str) -> int:
    return int(re.findall(r"\d+", text)[0])
