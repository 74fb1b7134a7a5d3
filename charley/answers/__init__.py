"""Facts in, one reply out. Plain Python, no Rasa."""

from charley.answers.compose import ANY_MEDICINE, PASSED_OVER, Asked, answer, more, show_sources
from charley.answers.questions import Question, Questions, load_questions
from charley.answers.reply import Button, Kind, Points, Reply, Table, Text

__all__ = [
    "ANY_MEDICINE",
    "PASSED_OVER",
    "Asked",
    "Button",
    "Kind",
    "Points",
    "Question",
    "Questions",
    "Reply",
    "Table",
    "Text",
    "answer",
    "load_questions",
    "more",
    "show_sources",
]
