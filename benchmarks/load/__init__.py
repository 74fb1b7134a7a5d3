"""How many messages a second: Charley beside stock Rasa, as they run on several machines: `make load`."""
