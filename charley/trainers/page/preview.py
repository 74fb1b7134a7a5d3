"""A reply as people see it: in the widget, as SMS, in Slack. Limits and forms are the platforms' own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from charley.answers.render import Form, Message, render
from charley.trainers.page.parts import LEVELS, Child, note

DRAWINGS = "/drawings"
SMS = 160  # characters of a single SMS in the alphabet that form keeps to
SOURCES = "Sources: "
OF_SLACK = re.compile(r"(\*[^*\n]+\*|<[^>|]+\|[^>]+>)")
Press = Callable[[Mapping[str, str]], html.Button]


def shown_alone(button: Mapping[str, str]) -> html.Span:
    """A button that is only to be seen."""
    return html.Span(button["title"], className="chip")


def on_web(replies: Sequence[Mapping[str, Any]], press: Press | None = None) -> html.Div:
    """Replies as the widget draws them; `press` makes the buttons, else they are only shown."""
    return html.Div([_bubble(reply, press or shown_alone) for reply in replies], className="web")


def everywhere(replies: Sequence[Mapping[str, Any]]) -> html.Div:
    """Replies on the web, as SMS and in Slack, side by side."""
    columns = [html.Section([html.H3("Web"), on_web(replies)])]
    for name, form in _forms().items():
        messages = render(replies, form).messages
        drawn = [_message(name, message) for message in messages]
        columns.append(
            html.Section(
                [html.H3(name), html.Div(drawn, className="phone"), note(_size(name, form, messages))]
            )
        )
    return html.Div(columns, className="previews")


def _forms() -> Mapping[str, Form]:
    from charley.rasa.platforms.slack import Slack
    from charley.rasa.platforms.twilio import Twilio

    return {"SMS": Twilio.form, "Slack": Slack.form}


def _bubble(reply: Mapping[str, Any], press: Press) -> html.Div:
    metadata = reply["metadata"]
    level = metadata.get("care_level") if metadata.get("kind") == "care" else None
    banner = [html.P(LEVELS[level].capitalize(), className=f"banner care-{level}")] if level else []
    buttons = [press(each) for each in reply.get("buttons") or []]
    parts = [*banner, *_said(reply), *_sources(metadata.get("sources") or [])]
    row = [html.Div(buttons, className="chips")] if buttons else []
    return html.Div([html.Div(parts, className="bubble"), *row])


def _said(reply: Mapping[str, Any]) -> list[Child]:
    metadata = reply["metadata"]
    choices = metadata.get("choices") or {}
    if choices.get("question"):
        options = [*(option["title"] for option in choices["options"]), choices.get("none")]
        return [html.P(choices.get("prompt") or reply["text"]), html.Ul([html.Li(o) for o in options if o])]
    if not metadata.get("blocks"):
        parts = [part for part in reply["text"].split("\n\n") if part.strip()]
        if metadata.get("sources") and parts[-1].startswith(SOURCES):
            parts.pop()
        return [_paragraph(part) for part in parts]
    first, *others = [_block(block) for block in metadata["blocks"]]
    return [
        *first,
        *map(_drawing, metadata.get("pictures") or []),
        *(part for other in others for part in other),
    ]


def _block(block: Mapping[str, Any]) -> list[Child]:
    if block["type"] == "text":
        return [_paragraph(part) for part in block["text"].split("\n\n")]
    if block["type"] == "table":
        head = html.Tr([html.Td(), *(html.Th(column, scope="col") for column in block["columns"])])
        rows = [
            html.Tr([html.Th(row["title"], scope="row"), *map(html.Td, row["cells"])])
            for row in block["rows"]
        ]
        return [html.Table([html.Thead(head), html.Tbody(rows)])]
    opening, items = block["opening"], block["items"]
    if len(items) < 2:
        return [html.P(" ".join(filter(None, [opening, *items])))]
    return [*([html.P(opening)] if opening else []), html.Ul([html.Li(item) for item in items])]


def _paragraph(text: str) -> Child:
    lines = text.split("\n")
    if all(line.startswith("- ") for line in lines):
        return html.Ul([html.Li(line[2:]) for line in lines])
    return html.P([part for line in lines for part in (line, html.Br())][:-1])


def _drawing(picture: Mapping[str, str]) -> html.Figure:
    image = html.Img(src=f"{DRAWINGS}/{picture['name']}.svg", alt=picture["alt"], width="240", height="180")
    return html.Figure([image, html.Figcaption(picture["caption"])])


def _sources(sources: Sequence[Mapping[str, Any]]) -> list[Child]:
    if not sources:
        return []
    told = f"{len(sources)} source{'s' if len(sources) > 1 else ''}"
    return [
        html.Details([html.Summary(told), html.Ul([html.Li(source(s["title"], s["url"])) for s in sources])])
    ]


def source(title: str, url: str | None) -> Child:
    """A source, linked where it has an address."""
    return html.A(title, href=url, target="_blank", rel="noopener noreferrer") if url else title


def _message(platform: str, message: Message) -> html.Div:
    if message.picture:
        return html.Div(
            _drawing({"name": message.picture, "alt": message.text, "caption": ""}), className="bubble"
        )
    text = _in_slack(message.text) if platform == "Slack" else [message.text]
    options = [html.Span(option.title, className="chip") for option in message.options]
    row = [html.Div(options, className="chips")] if options else []
    return html.Div([html.Div(text, className="bubble plain"), *row])


def _in_slack(text: str) -> list[Child]:
    """Slack's own marks for bold and links, as Slack shows them."""
    return [
        _marked(part)
        for part in OF_SLACK.split(text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
    ]


def _marked(part: str) -> Child:
    if part.startswith("*") and part.endswith("*") and len(part) > 2:
        return html.B(part[1:-1])
    if part.startswith("<") and "|" in part:
        url, _, title = part[1:-1].partition("|")
        return source(title, url)
    return part


def _size(platform: str, form: Form, messages: Sequence[Message]) -> str:
    count, characters = len(messages), sum(len(message.text) for message in messages)
    size = f"{count} message{'s' if count > 1 else ''}, {characters} characters (at most {form.limit} each)"
    if platform == "SMS":
        return f"{size}; paid as {sum(-(-len(message.text) // SMS) for message in messages)} parts or so"
    return size
