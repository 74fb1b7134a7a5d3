"""Care levels, and what in a message calls for care. First form; plain Python, no Rasa.

`levels` and `signs` are light; `guard` needs spaCy, so who only needs levels does not import it.
"""
