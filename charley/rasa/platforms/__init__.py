"""Messaging platforms: what they share (base), one module for each, and all of them as one channel."""
