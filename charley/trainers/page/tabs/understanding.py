"""Which intents are mistaken for each other, and what has tests."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from dash import ALL, Input, Output, State, callback, ctx, dcc, html, no_update

from charley.trainers.coverage import Coverage, Part, measure, picture
from charley.trainers.page.desk import desk
from charley.trainers.page.parts import Child, badge, button, link, note, section, share, table
from charley.trainers.quality import Confusions, confusions

NONE_YET = "No training has written figures yet. Train once with: charley train"
CELL = 34  # pixels of the heat map
LEFT, TOP = 240, 170  # pixels for the names of the intents


def layout() -> Child:
    """The heat map with what it shows as a table, then the coverage."""
    found = confusions(desk().root)
    mistakes = section("Intents mistaken for each other", *(_mistakes(found) if found else [note(NONE_YET)]))
    covered = section("What has tests", html.Div(id="coverage"))
    return [mistakes, covered]


def pairs(found: Confusions) -> list[tuple[str, str, int]]:
    """Each mistake as (what it is, what it was taken for, how often), most frequent first."""
    labels = found.labels
    cells = (
        (true, taken, found.counts[i][j])
        for i, true in enumerate(labels)
        for j, taken in enumerate(labels)
        if i != j and found.counts[i][j]
    )
    return sorted(cells, key=lambda cell: (-cell[2], cell[0], cell[1]))


def _mistakes(found: Confusions) -> list[Child]:
    mistaken = pairs(found)
    right = sum(found.counts[i][i] for i in range(len(found.labels)))
    whole = sum(map(sum, found.counts))
    if not mistaken:
        return [note(f"None of {whole} examples was taken for another intent.")]
    rows = [
        (
            true,
            taken,
            str(count),
            button("Show", {"type": "mistake", "true": true, "taken": taken}, **_named(true, taken)),
        )
        for true, taken, count in mistaken
    ]
    told = f"{right} of {whole} examples ({share(right / whole)}) were recognised by a model that had not learnt them."
    return [
        note(f"{told} Click on a cell, or on Show in the table, for the examples."),
        html.Div(
            [
                html.Div(
                    dcc.Graph(id="heat", figure=heat_map(mistaken), config={"displayModeBar": False}),
                    className="scroll heat",
                    **{"aria-hidden": "true"},  # the table says the same
                ),
                html.Div(id="mistaken", **{"aria-live": "polite"}),
            ]
        ),
        html.Details(
            [
                html.Summary(f"The same as a table ({len(mistaken)} pairs)"),
                table(
                    "Examples of one intent taken for another",
                    ["It is", "Taken for", "Times", "Examples"],
                    rows,
                ),
            ],
            open=True,
        ),
    ]


def _named(true: str, taken: str) -> dict[str, str]:
    return {"aria-label": f"Show the examples of {true} taken for {taken}"}


def heat_map(mistaken: Sequence[tuple[str, str, int]]) -> go.Figure:
    """Only intents with a mistake, so that each cell can be read; rows are what it is, columns what it was taken for."""
    trues = sorted({true for true, _, _ in mistaken}, reverse=True)
    takens = sorted({taken for _, taken, _ in mistaken})
    counts = {(true, taken): count for true, taken, count in mistaken}
    figure = go.Figure(
        go.Heatmap(
            z=[[counts.get((true, taken)) for taken in takens] for true in trues],
            x=takens,
            y=trues,
            texttemplate="%{z}",
            hovertemplate="%{y}<br>taken for %{x}: %{z}<extra></extra>",
            colorscale=[[0, "#cfe3f3"], [1, "#00508c"]],
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    return figure.update_layout(
        width=LEFT + CELL * max(len(takens), 8) + TOP,
        height=TOP + CELL * len(trues) + 10,
        margin={"l": LEFT, "t": TOP, "r": TOP, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"side": "top", "tickangle": -60, "showgrid": False, "fixedrange": True, "dtick": 1},
        yaxis={"showgrid": False, "fixedrange": True, "dtick": 1},
        font={"family": "system-ui, sans-serif", "size": 13},
    )


@callback(
    Output("mistaken", "children"),
    Input("heat", "clickData"),
    Input({"type": "mistake", "true": ALL, "taken": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def examples(clicked: dict[str, Any] | None, pressed: list[int]) -> Any:
    """The examples of the pair that was clicked on."""
    by = ctx.triggered_id
    if by == "heat" and clicked:
        true, taken = clicked["points"][0]["y"], clicked["points"][0]["x"]
    elif by and by != "heat" and any(pressed):
        true, taken = by["true"], by["taken"]
    else:
        return no_update
    found = confusions(desk().root)
    texts = found.examples.get((true, taken), []) if found else []
    listed = [html.Li([text, " ", link("/try", "try it", text=text)]) for text in texts]
    return html.Div(
        [
            html.H3(["Examples of ", badge(true), " taken for ", badge(taken)]),
            html.Ul(listed) if listed else note("The figures name no example of this pair."),
            note(
                "They stand in data/nlu/. Move one that means the other, or write more that tell the two apart."
            ),
        ]
    )


@callback(Output("coverage", "children"), Input("coverage", "id"), State("address", "pathname"))
def coverage(_: str, path: str) -> Child:
    """What has tests and what has none, sort by sort."""
    found = measure(desk().root)
    return html.Div(
        [
            table(
                "Things that have a test of their own",
                ["Sort", "All", "Tested", "Share", "Walked through"],
                map(_covered, found.parts),
            ),
            html.Details([html.Summary("The same, drawn"), _drawn(found)]),
            *(_missing(part) for part in found.parts if part.missing),
            note(
                [
                    badge("charley coverage"),
                    " counts the same in a terminal. Walked through: looked at by a test that takes every one in turn.",
                ]
            ),
        ]
    )


def _covered(part: Part) -> Sequence[Child]:
    count, tested = len(part.items), len(part.tested)
    walked = sum(bool(item.walked) for item in part.items)
    return part.name, str(count), str(tested), share(tested / count) if count else "-", str(walked)


def _drawn(found: Coverage) -> html.Div:
    drawn = base64.b64encode(picture(found).encode()).decode()
    alt = "; ".join(f"{part.name}: {len(part.tested)} of {len(part.items)} tested" for part in found.parts)
    return html.Div(
        html.Img(src=f"data:image/svg+xml;base64,{drawn}", alt=alt),
        className="scroll",
        tabIndex=0,
        role="region",
        **{"aria-label": "Coverage, drawn"},
    )


def _missing(part: Part) -> html.Details:
    listed = [html.Li([html.Code(item.id), f" ({item.where})"]) for item in part.missing]
    return html.Details(
        [html.Summary(f"{part.name}: {len(part.missing)} without a test of their own"), html.Ul(listed)]
    )
