"""What plugs into Rasa: importer, NLU components, policy, response generator, channel."""
