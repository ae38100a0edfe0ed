"""The verbs: pure functions that decide. No clock, no I/O, standard library only."""
