"""Collect feeds, keep each story once, publish it under its true date."""

__version__ = "0.1.0"
