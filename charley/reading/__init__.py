"""How Charley reads a message: tokens, spelling, names of subjects, sentence features, intent.

Plain Python; the graph components that plug it into Rasa are in `charley.rasa`.
"""
