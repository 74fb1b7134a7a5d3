"""The channel of the chat widget: sockets, sessions, history, and the files that a page loads."""
