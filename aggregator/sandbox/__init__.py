"""Where strangers' documents are read apart from the service: in processes that can be stopped.

A document can lead a parser into minutes of work, gigabytes of memory or a crash. In here that costs
the document and nothing else (docs/decisions/0017-sandbox.md).
"""
