"""The inbox: what people asked in vain, without what tells of them, for trainers to learn from.

`open_inbox` gives it; `accept`, `correct` and `dismiss` settle a group or an item, `undo` takes the last back.
What a person wrote is only read, never logged, nor written anywhere but as the example that a trainer accepts.
"""

from charley.trainers.inbox.incoming import Reason, incoming
from charley.trainers.inbox.items import Group, Item, Proposal
from charley.trainers.inbox.opening import open_inbox
from charley.trainers.inbox.settling import Refused, Settled, accept, correct, dismiss, titles, undo

__all__ = [
    "Group",
    "Item",
    "Proposal",
    "Reason",
    "Refused",
    "Settled",
    "accept",
    "correct",
    "dismiss",
    "incoming",
    "open_inbox",
    "titles",
    "undo",
]
