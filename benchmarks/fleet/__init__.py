"""A fleet of a thousand feeds on loopback, and what it costs to collect them: us, and others beside us."""
