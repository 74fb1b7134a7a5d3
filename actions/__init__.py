"""The Rasa action server: tracker in, look-up in the core, message out."""
