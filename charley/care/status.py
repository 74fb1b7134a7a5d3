"""How a sign is meant where it is mentioned: there now, denied, past, a relative's, supposed, …

Only what is meant as present counts; where that is unclear, it does. The rules are our own:
docs/safety.md compares them with negspaCy and medspaCy's ConText.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum

from spacy.tokens import Span, Token

from charley.care.patterns import SENTENCE_END


class Status(str, Enum):
    """How one mention is meant. Only PRESENT calls for care."""

    PRESENT = "present"
    NEGATED = "negated"
    HISTORICAL = "historical"
    FAMILY = "family"
    HYPOTHETICAL = "hypothetical"
    EDUCATIONAL = "educational"
    FIGURATIVE = "figurative"
    OVERRULED = "overruled"  # by the second vote (charley.care.guard): never told by the words around it


MY_BODY = re.compile(
    r"\b(?:my|his|her|our) (?:\w+ )?(?:leg|legs|calf|calves|foot|feet|ankle|thigh|knee|shin|toe|toes|chest|arm|back|heart|pee|"
    r"urine|face|son|daughter|baby|dad|mum|mom|husband|wife|breath)\b|\bi (?:have|cant|can't|cannot|feel|took|am|keep)\b|\bi'm\b"
)
GOES_ON = re.compile(
    r"\b(?:but (?!(?:it|all|i'm|im|i am|he's|she's)\b)|cramp|spasm|and now|however)\b"
)  # something else is told
REACH = 4  # words after "isn't": "isn't swollen but red" denies the swelling, not the redness
LIST_REACH = 8  # words after "no": "no pain, redness, warmth or swelling" denies them all
LISTING = frozenset(["no", "without", "nor", "neither", "none", "zero", "denies"])
BETWEEN = frozenset(
    [
        "a",
        "an",
        "any",
        "the",
        "my",
        "really",
        "very",
        "that",
        "so",
        "been",
        "at",
        "all",
        "feeling",
        "going",
        "to",
    ]
)
ANSWERS_NO = frozenset(["no", "nope", "none", "nah", "nothing", "negative"])
NEGATIONS = LISTING | frozenset(
    (
        "not never isn't isnt aren't arent wasn't wasnt weren't werent don't dont doesn't doesnt didn't didnt "
        "haven't havent hasn't hasnt hadn't hadnt ain't aint isint"
    ).split()
)
DENIES = NEGATIONS | frozenset(["nothing"])  # right before a word
# "isn't swollen yet" denies; "can't say it isn't", "not only", "don't know why it is swollen" do not.
NO_DENIAL = re.compile(
    r"\bno way\b|\bdon'?t (?:tell|say)|\b(?:can'?t|cannot|can not|couldn'?t|won'?t|wouldn'?t) (?:say|tell|rule|deny|swear|promise|be sure)|"
    r"\bnot (?:sure|certain|only|just|gonna lie|even|able|getting any)|"
    r"\b(?:don'?t|do not|dont|didn'?t|didnt) (?:know|worry|understand|get why|remember|want|like|care|"
    r"think it'?s normal|feel (?:right|well|good))|\b(?:not|isn'?t|aren'?t) (?:working|helping|helped|shifting|touching)|"
    r"\bno (?:idea|clue|wonder|doubt|reason|matter|longer able|better|change|improvement|relief|luck|help|use)|"
    r"^(?:no|nope|nah) (?:its|it's|it|i|i'm|im|my|he|she|the|that's|thats|this|there) (?!\w*n'?t\b|not\b|no\b)|"
    r"\b(?:never|not|haven'?t|hasn'?t) (?:\w+ ){0,6}?(?:so bad|so much|this bad|like this|such|so tight|this much|so strong)|"
    r"\b(?:not|n't|doesnt|doesn't|dont|don't|isn't|isnt|aren't|didn't|didnt|won't|wont) (?:help|helping|helped|touch|touching|work|working|ease|easing|"
    r"stop|shift|fix|cure|budge)"
)
HAS_NONE = re.compile(
    r"(?:[^.!?]{0,25}[ ,])?(?:there(?:'s| is| was| are)|i have|i've(?: got)?|he has|she has|i had|and have|but have) (?:none|nothing like)\b"
)
CLAUSE_WORDS = frozenset(
    ["but", "though", "although", "however", "except", "yet", "just", "only", "still", "now", "tho"]
)
# A new subject begins a new clause, unless it stands after one of these ("pain in my calf", "i think my leg …").
SUBJECTS = frozenset("my i i'm im i've ive its it's it he he's she she's his her we our they their".split())
BEFORE_SUBJECTS = frozenset(
    "in on of at to from with for that like think thought believe say says said see feel feels notice noticed and or nor "
    "if when because cos as than is are was were has have had do does did can could move lift than into over under "
    "behind inside around near through both all only not no".split()
)
STANDS = frozenset(
    ["though", "tho", "still", "now", "anyway"]
)  # right after a sign: it is there, whatever was denied before
PAST = re.compile(
    r"\b(?:years? ago|months? ago|yrs ago|last (?:year|summer|winter|season)|back in|when i was|as a (?:kid|child|teen)|"
    r"used to|turned out to be|years back|in (?:19|20)\d\d|once had|ruled out|came back (?:clear|fine|normal|ok)|had (?:a|one|it) once|a while (?:ago|back)|long ago|decades? ago|"
    r"(?:all )?(?:gone|fine|ok|okay|good|clear|better|healed|cleared up|settled|recovered|back to normal|sorted) "
    r"(?:now|since|again|ever since)|went (?:away|down) (?:\w+ )?(?:weeks?|days?|months?|years?|ages|on its own|by itself)|"
    r"has (?:since )?(?:gone|cleared|healed)|in the past|previous(?:ly)?|history of)\b"
)
DATED = re.compile(
    r"\b(?:in the (?:19)?\d0s|in (?:19|20)\d\d|back in (?:19|20)?\d\d|in the (?:fifties|sixties|seventies|eighties|nineties|noughties)|"
    r"as a (?:boy|girl|lad|kid|child|teen|teenager|student)|when (?:i|he|she|we|they|my \w+) (?:was|were) (?:a (?:kid|child|boy|girl|teen\w*)|\d+|young|small|little|at)|"
    r"at (?:age )?\d\d\b(?! ?(?:am|pm))|(?:years?|yrs|decades?|months) ago|long ago|old family story|in my (?:teens|twenties|youth))"
)
OVER = re.compile(
    r"\b(?:(?:all |is |it's |its |was |been |came |then |now )?(?:gone|fine|good|right|normal|perfect|sorted|ok|okay|pink|warm|nothing) "
    r"(?:in|by|now|after|again|since|ever|afterwards|when|indoors|once|within)\b|wore off|passed (?:after|in|quick|off|by)|came (?:back|right) "
    r"(?:quick|fast|in|soon|again|straight)|went (?:away|down)|(?:never came|not come) back|that was that|"
    r"(?:then|all|and|now) (?:it was )?(?:fine|good|gone|ok|perfect|sorted|normal)\b|good as gold|recovered|back to normal|"
    r"never again\b(?! (?:will|do|shall))|never (?:came|come) back|none since|not since|"
    r"(?:for|lasted) (?:a |one |\d+ |ten |a few |thirty |twenty |half a )?(?:seconds?|secs?|moment)|for a (?:bit|sec|second|moment))"
)
STORY = re.compile(  # told of on a screen or a page, or asked for at school
    r"(?<!watching )(?<!front of the )(?<!watching the )\b(?:telly|tv|film|movie|scene|script|screenplay|novel|quiz|homework|coursework|exam|podcast|documentary|soap|sitcom|"
    r"character|biology|essay|tiktok|youtube|in the news|bbc|netflix|storyline)\b"
)
NOT_A_PERSON = re.compile(
    r"\b(?:dog|puppy|pup|cat|kitten|hamster|cow|sheep|horse) (?:has|had|is|was|got|with|wont|won't|keeps|twitch\w*|limp\w*|sleep\w*)\b|"
    r"\b(?:my|our|his|her|their|the|a|an|this|saw|watched) (?:\w+ ){0,2}?(?:dog|puppy|pup|cat|kitten|horse|pony|foal|cow|bull|sheep|lamb|goat|labrador|"
    r"spaniel|hamster|rabbit|vet|phone|laptop|battery|printer|wifi|lettuce|basil|plant|orchid|tomatoes|playlist|film|movie|novel|footballer|player|celebrity)(?:'s|s)?\b|"
    r"\b(?:labrador|puppy|foal|goat kid|lettuce|calf on the farm)\b"
)
STILL = re.compile(
    r"\b(?:still|(?<!never )again\b(?! (?:fine|ok))|same as|now (?:i|my|it|its|it's|the|he|she|we|got|have|has|with|again)|today|keeps?|not gone|tonight|"
    r"this (?:morning|week|evening)|right now|same (?:thing|pain|feeling)|getting worse|ever since|came back|come back|back now|"
    r"these days|lately)\b"
)
RELATIVES = re.compile(
    r"\b(?:mum|mom|mother|dad|father|nan|nana|gran|granny|grandma|grandmother|grandad|granddad|"
    r"grandpa|grandfather|uncle|aunt|auntie|cousin|brother|sister|in ?-?laws?|ancestors?|relatives?|family)\b"
)
FAMILY = re.compile(
    r"\b(?:runs? in (?:the|my|our) family|family history|died (?:of|from|after)|passed away|"
    r"(?:had|suffered|got|survived|lived through|with) (?:a |an |his |her |bad )?(?:\w+ ){0,4}?(?:ago|once|back|old age|before i|"
    r"(?:in|since) (?:19|20)\d\d|years? (?:ago|back)|when (?:he|she|they|i) (?:was|were)|at \d\d))\b"
)
SUPPOSED = re.compile(
    r"\b(?:what if|if (?:i|you|he|she|someone|somebody|anyone|one|it|they|people|we|a person)(?: \w+)? "
    r"(?:ever|get|gets|got|had|were|was to|develop|develops|should|suddenly)|in case (?:i|of|it|someone)|"
    r"should i ever|were i to|suppose|supposing|imagine|hypothetically|in theory|scared of getting|afraid of getting|"
    r"if (?:a|an|someone'?s|somebody'?s|your|the person'?s) \w+|how (?:would|do|can|will) (?:i|you|we) (?:know|tell|spot)|what would you do|"
    r"first aid|leaflet|essay|homework|coursework|(?:i |we )?(?:read|heard|saw|watched|learnt|learned|studying|writing) (?:about|that|a|an|up on)|"
    r"look out for|watch (?:out )?for|to look for|worried about getting|don'?t want to (?:get|end up|have)|avoid(?:ing)? (?:a|getting)|to prevent (?:a|getting)|"
    r"so i don'?t (?:get|end)|risk of (?:getting|a)|could i (?:get|end up|develop)|can i get|will i get|"
    r"might i get|before it (?:gets|becomes|turns))\b"
)
IF_EVER = re.compile(
    r"\bif (?:a|an|one|someone'?s|somebody'?s|your|my|the) \w+ (?:ever |suddenly )?(?:went|turned|goes|got|were|turns|swelled|swells)\b|"
    r"\bif i (?:ever )?(?:had|got|were|collapsed|fainted)\b"
)
ASKING = frozenset(
    (
        "can could does do did is are what what's whats why when which how should would will signs symptoms "
        "causes cause difference explain define meaning tell describe treatment prevention who where types "
        "facts info information risk examples"
    ).split()
)
# Who asks like this has it.
HAS_IT = re.compile(
    r"^(?:could|might) (?:it |this |that )?be\b|\b(?:what (?:to|can|should|do) (?:i |you |we )?do|what helps|what to take|help with|help me|"
    r"(?:how (?:to|do|can)|to) (?:i |you |we )?(?:get rid|stop|ease|relieve|cure|fix)|"
    r"(?:safe|ok|okay|alright|allowed|wise|fine) to (?:have|take|use|try|add|start|begin|mix|combine|give)|"  # is about to
    r"started|began|since|ago|right now|just now|today|tonight|yesterday|this morning|last night|all day)\b"
)
PEOPLE = frozenset(
    (
        "i i'm im i've ive i'd id my me myself mine we our us he he's hes she she's shes his her him they "
        "them their husband wife mum mom mother dad father son daughter baby child kid boy girl partner "
        "friend nan gran grandma grandad grandpa sister brother toddler neighbour neighbor colleague "
        "boyfriend girlfriend patient client"
    ).split()
)
GENERAL = re.compile(
    r"\b(?:what (?:is|are|does|causes)|whats|what's|define|definition|meaning of|explain|tell me about|signs? of|symptoms? of|"
    r"how (?:is|are|does|do|common)|does|is it true|can (?:a|an|the|you|low|too|dehydration|cramps?|magnesium|potassium|statins?|"
    r"drinking|eating|taking)|do (?:statins|diuretics|kidney|people|cramps)|are (?:there|cramps|leg))\b"
)


def status_of(span: Span, leading: Collection[str], own: Collection[str]) -> Status:
    """How the sign at `span` is meant.

    Args:
        span: the words that tell of the sign, in the mended document.
        leading: words that may end a sign without being what it is about ("leg" in "swelling in my leg").
        own: the words of the sign's patterns: a "no" among them belongs to the sign ("no feeling").
    """
    sentence = _sentence(span)
    if _is_denied(span, sentence, leading, own):
        return Status.NEGATED
    clause = _clause(span, sentence)
    lead = _lead(span.doc[sentence.start : clause.start].text)
    text = f"{lead} {clause.text}".strip()
    before = f"{lead} {span.doc[clause.start : span.start].text}".strip()
    goes_on = span.doc[clause.start : min(clause.end + 4, sentence.end)].text
    if NOT_A_PERSON.search(before) and not MY_BODY.search(text):
        return Status.FIGURATIVE
    if FAMILY.search(text) and RELATIVES.search(text) and not STILL.search(goes_on):
        return Status.FAMILY
    if (DATED.search(text) or PAST.search(text)) and not STILL.search(goes_on):
        return Status.FAMILY if RELATIVES.search(before) else Status.HISTORICAL
    after = span.doc[span.end : sentence.end].text
    over = OVER.search(after)
    if (
        over
        and not STILL.search(after)
        and not any(m.start() < over.start() for m in GOES_ON.finditer(after))
    ):
        return Status.HISTORICAL
    supposed = SUPPOSED.search(before) or IF_EVER.search(f"{before} {span.text}")
    if supposed and not HAS_IT.search(before):
        return Status.HYPOTHETICAL
    words = [token.lower_ for token in sentence]
    if STORY.search(sentence.text) and not (PEOPLE | {"now"}).intersection(words):
        return Status.EDUCATIONAL
    earlier = span.doc[sentence.start : span.start].text
    opens = next((word for word in words if word.isalpha() or "'" in word), "")
    asked = opens in ASKING or words[-1] == "?" or GENERAL.search(earlier)
    general = opens in ASKING or GENERAL.search(earlier) or ASKING.intersection(earlier.split())
    if asked and general and not HAS_IT.search(span.doc.text) and not PEOPLE.intersection(words):
        return Status.EDUCATIONAL
    return Status.PRESENT


def _sentence(span: Span) -> Span:
    doc, start, end = span.doc, span.start, span.end
    while start > 0 and doc[start - 1].text not in SENTENCE_END:
        start -= 1
    while end < len(doc) and doc[end - 1].text not in SENTENCE_END:
        end += 1
    return doc[start:end]


def _lead(before: str) -> str:
    """What leads into a clause and belongs to it: "in the 90s", "imagine"."""
    last = re.split(r",|\band\b|\bbut\b", before.rstrip(" ,"))[-1].strip()
    return last if any(cue.fullmatch(last) for cue in (DATED, SUPPOSED)) else ""


def _clause(span: Span, sentence: Span) -> Span:
    """The clause that a sign stands in: up to a comma, "and", "but", or a new subject on either side."""
    start, end = span.start, span.end
    while start > sentence.start and not _begins(span.doc[start], span.doc[start - 1]):
        if span.doc[start - 1].text == "," or span.doc[start - 1].lower_ in ("and", *CLAUSE_WORDS):
            break
        start -= 1
    while end < sentence.end and not _begins(span.doc[end], span.doc[end - 1]):
        if span.doc[end].text == "," or span.doc[end].lower_ in ("and", *CLAUSE_WORDS - {"now"}):
            break
        end += 1
    return span.doc[start:end]


def _begins(token: Token, before: Token) -> bool:
    """Whether a new subject begins a new clause at `token`."""
    return token.lower_ in SUBJECTS and before.lower_ not in BEFORE_SUBJECTS | NEGATIONS | SUBJECTS


def _is_denied(span: Span, sentence: Span, leading: Collection[str], own: Collection[str]) -> bool:
    """Whether a word denies the sign's key word ("swollen", not "leg") and none takes the denial back."""
    doc = span.doc
    if _answered_no(span):
        return True
    if _part_is_denied(span, sentence, {*own}.difference(leading)):
        return True
    if any(token.lower_ in STANDS for token in doc[span.end : min(span.end + 2, sentence.end)]):
        return False
    named_last = span[-1].lower_ in leading and span[0].lower_ not in leading
    key = span.start if named_last else span.end - 1
    start = sentence.start
    for index in range(key, sentence.start, -1):
        if doc[index].lower_ in CLAUSE_WORDS:
            start = index + 1
            break
        if index <= span.start and _begins(doc[index], doc[index - 1]):
            start = index
            break
    window = [t for t in doc[start:key] if t.i < span.start or t.lower_ not in own]
    denied = _denied_after(window)
    around = doc[max(sentence.start, start - 4) : min(span.end + 5, sentence.end)].text.lower()
    return denied and not NO_DENIAL.search(around)


def _part_is_denied(span: Span, sentence: Span, own: Collection[str]) -> bool:
    """Whether a denial stands right before one of the words that make up the sign ("no fever, legs ache")."""
    doc, told = span.doc, set[str]()
    for index in range(span.start, span.end):
        if doc[index].lower_ not in own or doc[index].lower_ in told:
            continue
        before = index - 1
        while before >= sentence.start and doc[before].lower_ in BETWEEN and doc[before].lower_ not in own:
            before -= 1
        if before < sentence.start or doc[before].lower_ not in DENIES or doc[before].lower_ in own:
            told.add(doc[index].lower_)
            continue
        around = doc[max(sentence.start, before - 4) : min(index + 3, sentence.end)].text.lower()
        same = re.split(r",|\bbut\b", doc[max(sentence.start, before - 7) : before].text.lower())[-1].split()
        twice = NEGATIONS.intersection(same[1:] if same[:1] and same[0] in ANSWERS_NO else same)
        if not twice and not NO_DENIAL.search(around):
            return True
    return False


def _denied_after(window: list[Token]) -> bool:
    """Whether the nearest denial in `window` reaches its end, and no other one takes it back."""
    for index in range(len(window) - 1, -1, -1):
        word, after = window[index].lower_, [token.text for token in window[index + 1 :]]
        listing = word in LISTING
        if word not in NEGATIONS:
            continue
        if listing and (len(after) > LIST_REACH or after[:1] == [","]):  # "no, …" only answers
            return False
        in_a_row = "or" in after  # "isn't swollen, red or hot"
        if not listing and (
            len(after) > (LIST_REACH if in_a_row else REACH) or ("," in after and not in_a_row)
        ):
            return False
        earlier = [token.lower_ for token in window[max(0, index - 3) : index]]
        if index <= len(earlier) and earlier[:1] and earlier[0] in ANSWERS_NO:
            earlier = earlier[1:]  # "no, i'm not": the first only answers
        doubled = [w for w in earlier if w in NEGATIONS and not (listing and w in LISTING)]
        return len(doubled) % 2 == 0
    return False


def _answered_no(span: Span) -> bool:
    """Whether "no" stands right after the sign, as in "swelling? no", and nothing goes on from it."""
    if HAS_NONE.match(span.doc[span.end :].text):
        return True
    rest = [token for token in span.doc[span.end : span.end + 4] if token.text not in "?-:=("]
    if not rest or rest[0].lower_ not in ANSWERS_NO:
        return False
    return len(rest) == 1 or not rest[1].is_alpha
