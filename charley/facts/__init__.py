"""The cited fact table: load, validate, look up.

>>> from charley.facts import load_table
>>> load_table().about("magnesium", ["food_sources"])
"""

from charley.facts.load import Problem, TableError, load_table
from charley.facts.schema import Attribute, Fact, Source, Subject, SubjectKind
from charley.facts.table import FactTable

__all__ = [
    "Attribute",
    "Fact",
    "FactTable",
    "Problem",
    "Source",
    "Subject",
    "SubjectKind",
    "TableError",
    "load_table",
]
