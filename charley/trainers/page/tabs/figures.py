"""The last training beside the one before, how figures went over time, and which model answers now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go
from dash import dcc, html
from plotly.subplots import make_subplots

from charley.trainers.page.desk import desk
from charley.trainers.page.parts import Child, badge, note, section, table
from charley.trainers.quality import Figures, Share, history
from charley.trainers.quality.comparison import EPSILON, Compared, compare
from charley.trainers.quality.margins import MEASURES, Measure
from charley.trainers.status import lines, status

NONE_YET = "No training has written figures yet. Train once with: charley train"
LINE = 110  # pixels of each trend line
SHOWN = 20  # trainings that the table lists, latest first


def layout() -> Child:
    """The model in service, the comparison, and the trend."""
    rows = history(desk().root)
    return [_now(), section("The last training beside the one before", *_beside(rows)), *_over_time(rows)]


def _now() -> html.Section:
    told = [html.P(line) for line in lines(status(desk().root))]
    undo = note(
        [
            "To go back to the model before: ",
            html.Code("charley undo"),
            ". This page then loads that one by itself.",
        ]
    )
    return section("What answers now", html.Div(told, className="told-lines"), undo)


def _beside(rows: Sequence[Figures]) -> list[Child]:
    if not rows:
        return [note(NONE_YET)]
    now, before = rows[-1], rows[-2] if len(rows) > 1 else None
    compared = compare(now, before)
    whole = [*map(_row, compared), *_costs(now, before)]
    against = f"{before.date[:16]} ({before.inputs})" if before else "there is none"
    worse = sum(each.worse_by > EPSILON for each in compared)
    parts: list[Child] = [
        note(
            f"Now: {now.date[:16]} ({now.inputs}). Before: {against}. {worse} of {len(compared)} figures are worse."
        ),
        table(
            "Figures of the last training and the one before",
            ["Figure", "Now", "Before", "Change", "Verdict"],
            whole,
        ),
    ]
    if now.accepted:
        parts.append(note(f"A drop was taken all the same: {now.accepted}"))
    if before and before.messages != now.messages:
        parts.append(
            note(
                "The messages written apart have changed since: only what is measured on examples is compared."
            )
        )
    return parts


def _row(each: Compared) -> Sequence[Child]:
    change = f"{(each.now.value - each.before.value) * 100:+.2f} points" if each.before else "-"
    return _titled(each.measure), _share(each.now), _share(each.before), change, _verdict(each)


def _verdict(each: Compared) -> Child:
    """In words, which a colour goes along with."""
    if each.before is None:
        return "nothing to compare with"
    kind = "bad" if each.dropped else "warn" if each.worse_by > EPSILON else "good"
    return badge(each.verdict or "the same", kind if each.verdict else "")


def _titled(measure: Measure) -> str:
    return f"{measure.title} ({'more' if measure.more_is_better else 'less'} is better)"


def _share(share: Share | None) -> str:
    return f"{share.value:.2%} ({share.count} of {share.total})" if share else "-"


def _costs(now: Figures, before: Figures | None) -> Iterator[Sequence[Child]]:
    for title, unit, name in (
        ("size of the model", "MB", "megabytes"),
        ("training", "s of a processor", "seconds"),
    ):
        value, earlier = getattr(now, name), getattr(before, name, None)
        change = f"{value - earlier:+.1f} {unit}" if earlier is not None else "-"
        told = f"{earlier:.1f} {unit}" if earlier is not None else "-"
        yield f"{title} (less is better)", f"{value:.1f} {unit}", told, change, "-"


def _over_time(rows: Sequence[Figures]) -> list[Child]:
    if len(rows) < 2:
        return []
    header = ["Training", *(measure.title for measure in MEASURES)]
    listed = [
        (f"{row.date[:16]} ({row.inputs})", *(_percent(row.shares.get(measure.name)) for measure in MEASURES))
        for row in reversed(rows[-SHOWN:])
    ]
    graph = dcc.Graph(figure=trends(rows), config={"displayModeBar": False}, className="trends")
    return [
        section(
            "Over time",
            html.Div(graph, className="scroll", **{"aria-hidden": "true"}),  # the table says the same
            html.Details(
                [
                    html.Summary("The same as a table"),
                    table("Figures of each training, latest first", header, listed),
                ]
            ),
        )
    ]


def _percent(share: Share | None) -> str:
    return f"{share.value:.2%}" if share else "-"


def trends(rows: Sequence[Figures]) -> go.Figure:
    """A line for each figure, one under the other, in percent."""
    titles = [_titled(measure) for measure in MEASURES]
    figure = make_subplots(rows=len(MEASURES), cols=1, subplot_titles=titles, vertical_spacing=0.06)
    names = [f"{number}: {row.date[:10]}" for number, row in enumerate(rows, start=1)]
    for at, measure in enumerate(MEASURES, start=1):
        values = [share.value * 100 if (share := row.shares.get(measure.name)) else None for row in rows]
        line = go.Scatter(
            x=names,
            y=values,
            mode="lines+markers",
            line={"color": "#2f80c2"},
            hovertemplate="%{x}: %{y:.2f} %<extra></extra>",
        )
        figure.add_trace(line, row=at, col=1)
    figure.update_xaxes(showgrid=False, fixedrange=True, showticklabels=False)
    figure.update_xaxes(showticklabels=True, row=len(MEASURES), col=1)
    figure.update_yaxes(
        fixedrange=True, gridcolor="rgba(128,128,128,0.3)", zeroline=False, nticks=3, ticksuffix=" %"
    )
    return figure.update_layout(
        height=LINE * len(MEASURES),
        margin={"l": 60, "r": 10, "t": 30, "b": 40},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
    ).update_annotations(font_size=13, x=0, xanchor="left")
