"""A reply in a messaging platform's own form: within its limits, no option dropped, no payload shown.

In: replies of the contract (`{"text", "buttons", "metadata"}`), as every channel gets them.
Out: messages, each a text and what can be pressed under it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from charley.answers.reply import Button
from charley.care.course import answer_payload

SENTENCE_END = re.compile(r"(?<=[.!?]) ")
SOURCES = "Sources: "
BY_NUMBER = "Reply with a number, or ask in your own words."
OR_WRITE = "Or write:"
ASK_SOURCES = 'Reply "source?" for where this comes from.'


def unchanged(text: str) -> str:
    return text


def title_only(title: str, url: str | None) -> str:
    return title


@dataclass(frozen=True)
class Form:
    """What a platform's messages can hold.

    Attributes:
        limit: characters of one message.
        options: things that can be pressed under one message; 0 where nothing can.
        title: characters on one of them.
        escape: makes a text safe from the platform's own markup.
        bold: marks a text.
        link: a source's title with its address.
        short: sources are left to who asks for them.
        pictures: whether a drawing can be shown; if not, its caption is said.
    """

    limit: int
    options: int = 0
    title: int = 0
    escape: Callable[[str], str] = unchanged
    bold: Callable[[str], str] = unchanged
    link: Callable[[str, str | None], str] = title_only
    bullet: str = "• "
    short: bool = False
    pictures: bool = True


@dataclass(frozen=True)
class Message:
    """One message of a platform.

    Attributes:
        options: what can be pressed under it.
        picture: the id of a drawing; the text is its alternative.
        reply: the whole reply, for platforms that take the contract as it is.
    """

    text: str
    options: Sequence[Button] = ()
    picture: str | None = None
    reply: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Rendered:
    """All that is said in a turn.

    Attributes:
        numbered: the payloads that the numbers in the text stand for.
        care: whether something of it is what care demands.
    """

    messages: Sequence[Message]
    numbered: Sequence[str] = ()
    care: bool = False


def render(replies: Sequence[Mapping[str, Any]], form: Form) -> Rendered:
    """The replies of a turn as messages of a platform, in order.

    What can't be pressed is numbered after the last message. A question of the check-up numbers its
    own options in its text, and the check-up reads the numbers; whatever else is offered beside it has none.
    """
    messages: list[Message] = []
    numbered: list[Button] = []
    for reply in replies:
        text, options = _text(reply, form), options_of(reply)
        in_text = _question(reply)
        if in_text and options and _fits(options, form):
            text = form.escape(str(reply["metadata"]["choices"]["prompt"]))
        elif not _fits(options, form):
            if not in_text:
                numbered += options
            options = _by_number(options, form) if in_text else []
        *before, last = split(text, form.limit)
        messages += [Message(part) for part in before]
        messages.append(Message(last, options))
        messages += [
            Message(form.escape(p["alt"]), picture=p["name"]) for p in _pictures(reply) if form.pictures
        ]
    numbered = list(
        {option.title: option for option in numbered}.values()
    )  # care and answer may offer the same
    if numbered and any(map(_question, replies)):  # whose numbers must mean its own options and no others
        return Rendered(_append(messages, _or_write(numbered, form), form.limit))
    if numbered:
        lines = [f"{n}. {form.escape(option.title)}" for n, option in enumerate(numbered, start=1)]
        messages = _append(messages, "\n".join([*lines, BY_NUMBER]), form.limit)
    return Rendered(messages, [option.payload for option in numbered])


def in_words(message: Message, form: Form) -> list[Message]:
    """The message as text and nothing else, for when a platform does not take what is in it or under it."""
    text = f"{message.text}\n\n{_or_write(message.options, form)}" if message.options else message.text
    return [Message(part) for part in split(text, form.limit)]


def options_of(reply: Mapping[str, Any]) -> list[Button]:
    """What can be pressed under a reply; of a question of the check-up that takes one answer, each answer."""
    choices = reply["metadata"].get("choices") or {}
    question = choices.get("question")
    if not question:
        return [Button(b["title"], b["payload"]) for b in reply.get("buttons") or []]
    if choices["multiple"]:
        return []  # no platform has check boxes: the numbers are typed
    options = [(option["title"], [option["value"]]) for option in choices["options"]]
    options += [(choices["none"], [])] if choices.get("none") else []
    return [Button(title, answer_payload(question, values)) for title, values in options]


def split(text: str, limit: int) -> list[str]:
    """A text in parts of at most `limit` characters: at paragraphs, else lines, else sentences, else words."""
    if len(text) <= limit:
        return [text]
    for divider, joint in (("\n\n", "\n\n"), ("\n", "\n"), (SENTENCE_END, " "), (" ", " ")):
        pieces = divider.split(text) if isinstance(divider, re.Pattern) else text.split(divider)
        if len(pieces) > 1:
            return list(_packed(pieces, joint, limit))
    return [text[at : at + limit] for at in range(0, len(text), limit)]


def _packed(pieces: Sequence[str], joint: str, limit: int) -> Iterator[str]:
    """Pieces put together again as long as they fit; one that is too long by itself is split further."""
    part = ""
    for piece in pieces:
        whole = f"{part}{joint}{piece}" if part else piece
        if len(whole) <= limit:
            part = whole
            continue
        if part:
            yield part
        *before, part = split(piece, limit)
        yield from before
    if part:
        yield part


def _question(reply: Mapping[str, Any]) -> bool:
    return bool((reply["metadata"].get("choices") or {}).get("question"))


def _fits(options: Sequence[Button], form: Form) -> bool:
    return len(options) <= form.options and all(len(option.title) <= form.title for option in options)


def _by_number(options: Sequence[Button], form: Form) -> list[Button]:
    """The options under their numbers, where those can be pressed; the last is 0 if it says none of them."""
    if len(options) > form.options:
        return []
    none = bool(options) and options[-1].payload.endswith('"values": []}')
    numbers = [*range(1, len(options)), 0] if none else list(range(1, len(options) + 1))
    return [Button(str(number), option.payload) for number, option in zip(numbers, options, strict=True)]


def _or_write(options: Sequence[Button], form: Form) -> str:
    titles = ", ".join(f'"{form.escape(option.title)}"' for option in options)
    return f"{OR_WRITE} {titles}."


def _text(reply: Mapping[str, Any], form: Form) -> str:
    metadata = reply["metadata"]
    if not metadata.get("blocks"):
        return form.escape(reply["text"])
    parts = [part for block in metadata["blocks"] for part in _block(block, form)]
    if not form.pictures and (pictures := _pictures(reply)):
        parts.append("\n".join(form.bullet + form.escape(picture["caption"]) for picture in pictures))
    sources = metadata.get("sources") or []
    if sources and form.short:
        told = any(sources[0]["title"] in part for part in parts)  # it was asked for
        parts += [] if told else [ASK_SOURCES]
    elif sources:
        parts.append(SOURCES + "; ".join(form.link(form.escape(s["title"]), s["url"]) for s in sources))
    return "\n\n".join(parts)


def _block(block: Mapping[str, Any], form: Form) -> list[str]:
    if block["type"] == "text":
        return [form.escape(block["text"])]
    if block["type"] == "points":
        items = [form.escape(item) for item in block["items"]]
        opening = [form.escape(block["opening"])] if block["opening"] else []
        if len(items) < 2:
            return [" ".join([*opening, *items])]
        return ["\n".join([*opening, *(form.bullet + item for item in items)])]
    tables = []
    for n, column in enumerate(block["columns"]):
        rows = [(row["title"], row["cells"][n]) for row in block["rows"] if row["cells"][n]]
        lines = [f"{form.bullet}{form.escape(title)}: {form.escape(cell)}" for title, cell in rows]
        tables.append("\n".join([form.bold(form.escape(column)), *lines]))
    return tables


def _pictures(reply: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return reply["metadata"].get("pictures") or []


def _append(messages: list[Message], text: str, limit: int) -> list[Message]:
    """The text at the end of the last message that is no picture, or as one of its own where it does not fit."""
    for at in range(len(messages) - 1, -1, -1):
        last = messages[at]
        if last.picture is None:
            whole = f"{last.text}\n\n{text}"
            if len(whole) <= limit:
                return [*messages[:at], Message(whole, last.options), *messages[at + 1 :]]
            break
    return [*messages, *(Message(part) for part in split(text, limit))]
