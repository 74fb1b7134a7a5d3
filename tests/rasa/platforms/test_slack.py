"""What only Slack has: its challenge, mentions in channels, and its markup."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from sanic.request import RequestParameters

from charley.answers.render import Message
from charley.rasa.platforms.base import Incoming, NotSent
from charley.rasa.platforms.slack import Slack
from charley.rasa.secret import Pseudonyms
from tests.rasa.platforms.dialect import SECRET, Delivery
from tests.rasa.platforms.slack_dialect import SIGNING_SECRET, SlackDialect


class Request:
    """A delivery as the server gives it to a platform."""

    def __init__(self, delivery: Delivery) -> None:
        self.headers, self.body = delivery.headers, delivery.body
        is_form = "form" in delivery.headers["Content-Type"]
        self.form = RequestParameters(parse_qs(delivery.body.decode())) if is_form else None
        self.json = None if is_form else json.loads(delivery.body)


@pytest.fixture
def slack() -> Slack:
    return Slack(
        {"SLACK_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SIGNING_SECRET}, Pseudonyms(SECRET.encode())
    )


def read(slack: Slack, **event: Any) -> list[Incoming]:
    request: Any = Request(SlackDialect().event({"type": "message", "text": "hi", **event}, "Ev1"))
    assert slack.is_authentic(request)
    assert slack.answer_at_once(request) is None
    return list(slack.read(request))


def test_the_challenge_is_given_back(slack: Slack) -> None:
    headers, body = {"Content-Type": "application/json"}, b'{"type": "url_verification", "challenge": "3eZb"}'
    request: Any = Request(Delivery(headers, body))
    response = slack.answer_at_once(request)
    assert response is not None
    assert response.body == b"3eZb"


def test_a_mention_is_answered_in_a_thread_and_is_no_part_of_the_text(slack: Slack) -> None:
    event = {"type": "app_mention", "channel": "C1", "channel_type": "channel", "ts": "17.5"}
    (one,) = read(slack, **event, text="<@U0BOT> what stops a cramp?")
    assert (one.turn, one.recipient) == ("what stops a cramp?", "C1 17.5")
    (inside,) = read(slack, **event, text="and <@U0BOT> how fast", thread_ts="16.0")
    assert inside.recipient == "C1 16.0"
    (bare,) = read(slack, **event, text="<@U0BOT>")
    assert bare.turn == "hello"


def test_a_talk_in_a_channel_is_not_the_direct_one(slack: Slack) -> None:
    (direct,), (public,) = read(slack), read(slack, type="app_mention", channel="C1")
    assert direct.sender != public.sender


def test_slacks_markup_is_taken_out_of_what_is_typed(slack: Slack) -> None:
    (one,) = read(slack, text="5 &lt; 6 &amp; i called <tel:911|911>, see <https://example.org/a>")
    assert one.turn == "5 < 6 & i called 911, see https://example.org/a"


@pytest.mark.parametrize(
    "event",
    [
        {"channel_type": "channel"},
        {"subtype": "message_changed"},
        {"subtype": "channel_join"},
        {"edited": {"user": "U5"}},
        {"bot_id": "B1"},
        {"type": "reaction_added"},
    ],
)
def test_what_is_not_said_to_charley_is_passed_over(slack: Slack, event: dict[str, Any]) -> None:
    assert not read(slack, **event)


def test_words_under_a_picture_are_read(slack: Slack) -> None:
    (one,) = read(slack, subtype="file_share", text="my calf is swollen")
    assert one.turn == "my calf is swollen"


@pytest.mark.parametrize(("error", "passes"), [("channel_not_found", False), ("ratelimited", True)])
async def test_a_refusal_under_a_200_is_one(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, error: str, passes: bool
) -> None:
    async def post(*_: Any) -> Any:
        return {"ok": False, "error": error}

    monkeypatch.setattr(slack, "post", post)
    with pytest.raises(NotSent) as refused:
        await slack.send("D1", Message("hi"))
    assert refused.value.worth_retrying is passes


def test_markup_of_ours_is_escaped(slack: Slack) -> None:
    form = slack.form
    assert form.escape('<!channel> & "b"') == '&lt;!channel&gt; &amp; "b"'
    assert form.link("NHS", "https://example.org/?a=1&b=2") == "<https://example.org/?a=1&amp;b=2|NHS>"
    assert form.link("a book", None) == "a book"
