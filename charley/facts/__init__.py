"""The cited fact table: load, validate, look up.

>>> from charley.facts import load_table
>>> load_table().about("magnesium", ["food_sources"])
"""

from charley.facts.load import Problem, TableError, load_table
from charley.facts.schema import ATTRIBUTE_TITLES, Attribute, Fact, Picture, Source, Subject, SubjectKind
from charley.facts.table import FactTable

__all__ = [
    "ATTRIBUTE_TITLES",
    "Attribute",
    "Fact",
    "FactTable",
    "Picture",
    "Problem",
    "Source",
    "Subject",
    "SubjectKind",
    "TableError",
    "load_table",
]
