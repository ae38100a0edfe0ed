"""The steps: collect, publish, tidy. Each asks, decides by the rules, and saves."""
