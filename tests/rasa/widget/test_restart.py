"""Two hundred people in mid-talk when the server dies and comes back: nothing is lost, nothing said twice."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.conftest import Restartable
from tests.rasa.widget.conftest import Client

PEOPLE = 200
ANSWERED_FIRST = 40  # answers that have come when the server dies
QUESTIONS = ("which foods have magnesium?", "how do i stop a cramp", "hi", "what causes leg cramps?")


def questions(number: int) -> list[tuple[str, str]]:
    """What a person asks: ids and texts."""
    return [(f"{number}-0", QUESTIONS[number % len(QUESTIONS)]), (f"{number}-1", "and potassium?")]


async def come_back(server: Restartable, person: Client, number: int) -> Client:
    """What the widget does: connect with the token, and send again whatever has had no answer."""
    again = await Client().open(server.site, {"token": person.token})
    session = again.got["session"][0]
    assert session["resumed"]
    answered = {entry["id"] for entry in session["history"] if entry["from"] == "charley"}
    answered |= {answer["id"] for answer in person.got["answer"]}
    for id_, text in questions(number):
        if id_ not in answered:
            await again.say(text, id_)
    return again


async def test_no_message_is_lost_nor_taken_twice_when_the_server_dies(
    restartable: Restartable,
) -> None:
    server = restartable
    server.start()
    news = asyncio.Condition()
    people = await asyncio.gather(*(Client(news).open(server.site) for _ in range(PEOPLE)))
    for number, person in enumerate(people):
        for n, (id_, text) in enumerate(questions(number)):
            await person.emit("say", {"id": id_, "text": text}, n)
    await people[0].wait_for(lambda: sum(len(p.got["answer"]) for p in people) >= ANSWERED_FIRST)
    server.kill()
    taken = sum(person.log.count("ack") for person in people)
    answered = sum(len(person.got["answer"]) for person in people)
    assert answered < 2 * PEOPLE
    assert answered < taken  # some were acknowledged and never answered
    for person in people:
        await person.close()
    server.start()
    back = [await come_back(server, person, number) for number, person in enumerate(people)]
    for number, person in enumerate(back):
        last = await Client().open(server.site, {"token": person.token})
        history = last.got["session"][0]["history"]
        said = Counter(entry["id"] for entry in history if entry["from"] == "person")
        assert said == {id_: 1 for id_, _ in questions(number)}
        answers = Counter((entry["id"], entry["index"]) for entry in history if entry["from"] == "charley")
        assert {id_ for id_, _ in answers} == set(said)
        assert max(answers.values()) == 1
        await last.close()
        await person.close()
