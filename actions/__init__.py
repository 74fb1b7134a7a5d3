"""The Rasa action server: tracker in, look-up in the core, message out."""

from charley.rasa import logs
from charley.rasa.quiet import keep_private

keep_private()
logs.set_up()
