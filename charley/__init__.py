"""Charley: an assistant about leg cramps that answers from a cited fact table."""
