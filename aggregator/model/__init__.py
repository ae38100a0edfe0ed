"""The nouns: frozen, typed, with their units. Standard library only."""
