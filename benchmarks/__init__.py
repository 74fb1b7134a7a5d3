"""Charley beside stock Rasa and a bare floor, on the same data, in one run: `make bench-nlu`."""
