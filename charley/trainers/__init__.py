"""What trainers work with: checks, the inbox, the page, coverage, figures over time.

Nothing that answers people imports from here.
"""
