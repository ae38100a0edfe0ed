"""How the service and a child talk: frames of JSON that is checked against the model's types.

Not pickle: what a child answers was made out of a stranger's bytes, perhaps after they had broken it, and
a pickle could do anything to the service. JSON is data, and what is not of the declared type is refused
(``model.records``). An item has a frame of its own, so that nobody holds a large document three times over.
"""

from __future__ import annotations

import struct

HEAD = struct.Struct(">cI")  #: the kind of a frame, and how many bytes follow

# The kinds of frames.
REQUEST = b"r"  #: what to do, as JSON
BODY = b"b"  #: the document, as it came
ITEM = b"i"  #: an item of a document; the document follows
COST = b"c"  #: the processor time that this child has taken since it last said so, in seconds
SPENT = b"s"  #: this child should be replaced; the answer follows
DOCUMENT = b"d"  #: a document without its items
ARTICLE = b"a"
FAULT = b"f"  #: the words of a ParseError
BUG = b"x"  #: an exception that is our fault, as text

OUT_OF_MEMORY = 86  #: exit status of a child that ran out of memory


def frame(kind: bytes, payload: bytes) -> bytes:
    """Return ``payload`` as a frame."""
    return HEAD.pack(kind, len(payload)) + payload
