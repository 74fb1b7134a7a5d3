"""Draws the coverage as one SVG, for light and dark pages, with its figures as a text alternative."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from charley.facts.schema import ATTRIBUTE_TITLES, Attribute
from charley.trainers.coverage.measure import CELLS, Coverage, Item, Part

WIDTH, MARGIN = 760, 20
BAR_LEFT, BAR_WIDTH, BAR_STEP = 210, 430, 24
NAME_WIDTH, CELL, HEAD = 210, 20, 150
FIRST_BAR = 92
STYLE = """
svg { color-scheme: light dark; }
.page { fill: #ffffff; } text { fill: #1c2733; font: 13px system-ui, sans-serif; }
.head { font-size: 17px; font-weight: 600; } .small { font-size: 12px; }
.tested { fill: #0b7285; } .walked { fill: #8fd3df; } .missing { fill: #f08c00; }
.nothing { fill: none; stroke: #8795a3; stroke-width: .6; }
@media (prefers-color-scheme: dark) {
  .page { fill: #14191f; } text { fill: #e6ebf0; }
  .tested { fill: #3bc9db; } .walked { fill: #1f5c68; } .missing { fill: #ffa94d; }
  .nothing { stroke: #4d5a67; }
}
"""
LEGEND = (
    ("tested", "has a test of its own"),
    ("walked", "only walked through with all others"),
    ("missing", "no test at all"),
)


def picture(coverage: Coverage) -> str:
    """The text of an SVG: a bar for each sort, and every subject's facts by attribute."""
    grid_top = FIRST_BAR + len(coverage.parts) * BAR_STEP + HEAD + 40
    height = grid_top + len(coverage.subjects) * CELL + MARGIN
    body = "\n".join(
        [*_legend(), *_bars(coverage), *_heads(grid_top), *_rows(coverage, grid_top)],
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">What has tests</title>\n<desc id="desc">{escape(_in_words(coverage))}</desc>\n'
        f'<style>{STYLE}</style>\n<rect class="page" width="100%" height="100%"/>\n'
        f"{_text(MARGIN, 30, 'What has tests', 'head')}\n{body}\n</svg>\n"
    )


def state(item: Item) -> str:
    """How an item stands: tested, walked (with everything else) or missing."""
    return "tested" if item.is_tested else "walked" if item.walked else "missing"


def _in_words(coverage: Coverage) -> str:
    told = (f"{part.name}: {len(part.tested)} of {len(part.items)}" for part in coverage.parts)
    return f"Of each sort, how many have a test of their own. {'; '.join(told)}."


def _legend() -> Iterator[str]:
    left = MARGIN
    for kind, words in LEGEND:
        yield _rect(left, 48, 13, 13, kind)
        yield _text(left + 20, 59, words, "small")
        left += 40 + 7 * len(words)


def _bars(coverage: Coverage) -> Iterator[str]:
    for number, part in enumerate(coverage.parts):
        top = FIRST_BAR + number * BAR_STEP
        yield _text(BAR_LEFT - 10, top + 12, part.name, anchor="end")
        left = float(BAR_LEFT)
        for kind, count in _counts(part).items():
            width = BAR_WIDTH * count / max(1, len(part.items))
            if count:
                yield _rect(left, top, width, 15, kind, f"{part.name}: {count} {kind}")
            left += width
        yield _text(left + 8, top + 12, f"{len(part.tested)} of {len(part.items)}", "small")


def _counts(part: Part) -> dict[str, int]:
    counts = {kind: 0 for kind, _ in LEGEND}
    for item in part.items:
        counts[state(item)] += 1
    return counts


def _heads(grid_top: int) -> Iterator[str]:
    yield _text(MARGIN, grid_top - HEAD, "Facts, by subject and by what they tell", "head")
    for number, attribute in enumerate(Attribute):
        left = NAME_WIDTH + number * CELL + CELL / 2 + 4
        yield (
            f'<text class="small" transform="translate({left:g} {grid_top - 6}) rotate(-50)">'
            f"{escape(ATTRIBUTE_TITLES[attribute])}</text>"
        )


def _rows(coverage: Coverage, grid_top: int) -> Iterator[str]:
    cells = {item.id: item for item in coverage.part(CELLS).items}
    for row, (subject, name) in enumerate(coverage.subjects.items()):
        top = grid_top + row * CELL
        yield _text(NAME_WIDTH - 10, top + 13, name, "small", "end")
        for column, attribute in enumerate(Attribute):
            left = NAME_WIDTH + column * CELL
            item = cells.get(f"{subject}/{attribute.value}")
            if item is None:
                yield _rect(left + 7, top + 7, 2, 2, "nothing")
                continue
            told = f"{name}, {ATTRIBUTE_TITLES[attribute]}: {sum(item.tests.values())} tests"
            yield _rect(left, top, CELL - 4, CELL - 4, state(item), told)


def _text(left: float, top: float, words: str, style: str = "", anchor: str = "start") -> str:
    return f'<text x="{left:g}" y="{top:g}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def _rect(left: float, top: float, width: float, height: float, style: str, told: str = "") -> str:
    title = f"<title>{escape(told)}</title>" if told else ""
    return f'<rect x="{left:g}" y="{top:g}" width="{width:.1f}" height="{height:g}" class="{style}">{title}</rect>'
