"""The sample newsroom: a loopback portal with neighbours, so that the service lives without a network.

``newsroom`` decides which stories there are (a pure function of seed and clock), ``texts`` words
them, ``documents`` and ``pages`` render them, ``site`` answers requests, ``server`` speaks HTTP.
All texts, people, places and organisations are invented.
"""
