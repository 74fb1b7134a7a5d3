"""The platforms' side of the tests."""
