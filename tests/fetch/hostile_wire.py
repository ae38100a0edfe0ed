"""What goes wrong on the wire: connections, HTTP's framing, heads, statuses and TLS."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING

from aggregator.model.source import Validators
from tests.fetch.hostile import RESET, STALL, TICK, Row, fails, feed, gives, head, said, unmodified

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNKED = "Transfer-Encoding: chunked"
SLOW = "no whole answer within"
TORN = "reset|without an answer|cut short|failure|connect"
HTTP = "HTTP"
DAY = timedelta(days=1)


def chunk(body: bytes | str) -> bytes:
    body = body.encode() if isinstance(body, str) else body
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def framed(name: str, *headers: str, before: bytes = b"") -> bytes:
    """Return a good answer with these headers, and with ``before`` in front of it."""
    return before + said(feed(name), *headers)


def whole(name: str, head: bytes) -> bytes:
    """Return a feed behind this head, and no more."""
    return head + feed(name).encode()


def drip(data: bytes) -> Iterator[bytes | float]:
    for byte in chain(data, repeat(32)):
        yield bytes([byte])
        yield TICK


def half(name: str) -> bytes:
    body = feed(name)
    return said(body)[: -len(body) // 2]


def later(retry_after: str, status: str = "503 Service Unavailable") -> bytes:
    return said("come back later", f"Retry-After: {retry_after}", status=status)


CONNECTIONS = (
    Row("closes-at-once", "closes each connection before it is asked", [], fails(TORN), at_once=True),
    Row("resets-at-once", "tears each connection down before it is asked", [RESET], fails(TORN),
        at_once=True),
    Row("resets-when-asked", "tears the connection down when it is asked", [RESET], fails(TORN)),
    Row("closes-when-asked", "closes the connection when it is asked", [], fails("without an answer")),
    Row("resets-in-the-body", "tears the connection down in the middle of the document",
        [half("resets-in-the-body"), 0.1, RESET], fails(TORN)),
    Row("closes-in-the-body", "closes the connection in the middle of the document",
        half("closes-in-the-body"), fails("cut short")),
    Row("closes-in-the-head", "closes the connection in the middle of its headers",
        b"HTTP/1.1 200 OK\r\nContent-Le", fails("cut short")),
    Row("never-answers", "takes the request and says nothing", [STALL], fails(SLOW), slow=True),
    Row("stalls-in-the-status", "says HTTP/1.1 2 and nothing more", [b"HTTP/1.1 2", STALL], fails(SLOW),
        slow=True),
    Row("stalls-after-the-head", "sends its headers and nothing more",
        [head("Content-Length: 100"), STALL], fails(SLOW), slow=True),
    Row("stalls-in-the-body", "sends half of its document and nothing more",
        [half("stalls-in-the-body"), STALL], fails(SLOW), slow=True),
    Row("drips-its-head", "sends its headers byte by byte, without end",
        lambda _: drip(b"HTTP/1.1 200 OK\r\nX-Drip: "), fails(SLOW), slow=True),
    Row("drips-its-body", "sends its document byte by byte, without end",
        lambda _: drip(head() + b"<rss>"), fails(SLOW), slow=True),
    Row("port-closed", "does not listen", [], fails("connect"), listens=False),
    Row("never-accepts", "listens and never takes a connection", [], fails(SLOW), listens=False, slow=True),
    Row("never-ends", "sends a whole document, does not say how long it is and stays connected",
        lambda _: [whole("never-ends", b"HTTP/1.1 200 OK\r\n\r\n"), STALL], fails(SLOW), slow=True),
    Row("stays-connected", "sends a document of the length it said and stays connected",
        [framed("stays-connected"), STALL], gives()),
)  # fmt: skip

FRAMES = (
    Row("no-status-line", "answers with headers and no status", b"Content-Type: text/xml\r\n\r\n<rss/>",
        fails(HTTP)),
    Row("no-head", "sends the document without any head, as HTTP/0.9 did",
        whole("no-head", b""), fails(HTTP)),
    Row("garbage", "answers with random bytes", bytes(range(256)) * 8, fails(HTTP)),
    Row("status-in-words", "says HTTP/1.1 OK", whole("status-in-words", b"HTTP/1.1 OK\r\n\r\n"), fails(HTTP)),
    Row("icy", "says ICY 200 OK, as streaming servers did", whole("icy", b"ICY 200 OK\r\n\r\n"), fails(HTTP)),
    Row("version-seven", "says HTTP/7.3", whole("version-seven", b"HTTP/7.3 200 OK\r\n\r\n"), fails(HTTP)),
    Row("http-1-0", "speaks HTTP/1.0 and does not say how long the document is",
        whole("http-1-0", b"HTTP/1.0 200 OK\r\n\r\n"), gives()),
    Row("no-headers", "sends a status and no headers",
        whole("no-headers", b"HTTP/1.1 200\r\n\r\n"), gives()),
    Row("bare-newlines", "ends its lines with LF alone",
        whole("bare-newlines", b"HTTP/1.1 200 OK\nConnection: close\n\n"), gives()),
    Row("negative-length", "says Content-Length: -1", said(feed("negative-length"), length=-1),
        fails("Length")),
    Row("length-in-words", "says Content-Length: many",
        whole("length-in-words", head("Content-Length: many")), fails("Length")),
    Row("length-overflow", "says a Content-Length of 30 digits",
        whole("length-overflow", head(f"Content-Length: {'9' * 30}")), fails("longer than|cut short|Length")),
    Row("two-lengths", "says two different lengths", framed("two-lengths", "Content-Length: 40"),
        fails("Length")),
    Row("length-too-large", "says more bytes than come",
        said(feed("length-too-large"), length=9_999), fails("cut short")),
    Row("length-too-small", "says fewer bytes than come: the last item is cut",
        said(feed("length-too-small"), length=len(feed("length-too-small")) - 60), gives(1)),
    Row("length-huge", "says a petabyte", said(feed("length-huge"), length=10**15),
        fails("longer than|cut short")),
    Row("chunks", "sends chunks, with trailers",
        head(CHUNKED) + chunk(feed("chunks")) + b"0\r\nX-Trailer: 1\r\n\r\n", gives()),
    Row("chunks-and-length", "says both chunked and a wrong length: chunked counts (RFC 9112, 6.3)",
        head(CHUNKED, "Content-Length: 5") + chunk(feed("chunks-and-length")) + b"0\r\n\r\n", gives()),
    Row("chunks-cut", "leaves out the last chunk", head(CHUNKED) + chunk(feed("chunks-cut")),
        fails("cut short")),
    Row("chunk-garbage", "says a chunk of a size that is no number",
        head(CHUNKED) + b"zz\r\n<rss/>\r\n0\r\n\r\n", fails("chunk")),
    Row("chunk-overflow", "says a chunk of 2^80 bytes",
        head(CHUNKED) + b"ffffffffffffffffffff\r\n" + feed("chunk-overflow").encode(), fails("chunk")),
    Row("chunk-negative", "says a chunk of -1 bytes",
        head(CHUNKED) + b"-1\r\n" + feed("chunk-negative").encode(), fails("chunk")),
    Row("chunks-without-end", "sends chunks without end",
        lambda _: chain([head(CHUNKED)], repeat(chunk(b" " * 65_536))), fails("longer than")),
    Row("chunk-extension", "sends a chunk extension without end",
        lambda _: chain([head(CHUNKED), b"5;x="], chain.from_iterable(repeat((b"y" * 4096, TICK)))),
        fails(SLOW), slow=True),
    Row("unknown-transfer", "says Transfer-Encoding: zip",
        whole("unknown-transfer", head("Transfer-Encoding: zip")), fails("Transfer-Encoding")),
)  # fmt: skip

HEADS = (
    Row("headers-without-end", "sends headers without end",
        lambda _: chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"X-More: and more\r\n" * 99)), fails("header")),
    Row("header-of-a-megabyte", "sends a header of a megabyte",
        framed("header-of-a-megabyte", f"X-Long: {'x' * 1_000_000}"), fails("header")),
    Row("many-headers", "sends 10,000 small headers",
        framed("many-headers", *(f"X-{number}: 1" for number in range(10_000))), fails("header")),
    Row("header-with-nul", "sends a header with a zero byte",
        framed("header-with-nul", "X-Nul: a\0b"), fails("header")),
    Row("header-folded", "folds a header over two lines (RFC 9112, 5.2)",
        framed("header-folded", "X-Folded: a\r\n b"), gives()),
    Row("header-without-colon", "sends a header line without a colon",
        framed("header-without-colon", "this is no header"), fails("[Hh]eader")),
    Row("header-not-latin", "sends headers in UTF-8 and in no encoding at all",
        framed("header-not-latin", "X-Name: caf\xc3\xa9 \xff\xfe"), gives()),
    Row("continue-without-end", "says 100 Continue without end",
        lambda _: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 99), fails("header")),
    Row("hints-without-end", "says 103 Early Hints without end",
        lambda _: repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 99), fails("header")),
    Row("hints", "says 103 Early Hints with a Content-Encoding, then answers without one",
        framed("hints", before=b"HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\n\r\n"), gives()),
    Row("upgrade", "switches to a protocol that nobody asked for",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\nevil",
        fails("status 101")),
)  # fmt: skip

STATUSES = (
    Row("status-99", "says status 99", whole("status-99", head(status="99 Low")), fails(HTTP)),
    Row("status-000", "says status 000", whole("status-000", head(status="000 None")), fails(HTTP)),
    Row("status-600", "says status 600", said(feed("status-600"), status="600 High"), fails("status 600")),
    Row("status-999", "says status 999", said(feed("status-999"), status="999 No"), fails("status 999")),
    Row("status-2000", "says status 2000, whose first three digits count",
        said(feed("status-2000"), status="2000 OK"), gives()),
    Row("no-content", "says 204 and sends a document all the same",
        said(feed("no-content"), status="204 No Content"), fails("status 204")),
    Row("reset-content", "says 205 and sends a document all the same",
        said(feed("reset-content"), status="205 Reset Content"), fails("status 205")),
    Row("partial", "sends a part that nobody asked for",
        said(feed("partial"), "Content-Range: bytes 0-99/100", status="206 Partial Content"),
        fails("status 206")),
    Row("never-modified", "says 304 to everybody, asked or not",
        said(status="304 Not Modified"), fails("304")),
    Row("unmodified-with-body", "says 304 and sends a document all the same",
        said(feed("unmodified-with-body"), status="304 Not Modified"), unmodified("304"),
        validators=Validators(etag='"old"')),
    *(
        Row(f"status-{status[:3]}", f"says {status}", said("<h1>No</h1>", status=status),
            fails(f"status {status[:3]}"))
        for status in (
            "400 Bad Request", "401 Unauthorized", "402 Payment Required", "403 Forbidden", "404 Not Found",
            "407 Proxy Authentication Required", "410 Gone", "418 Teapot", "451 Legal", "500 Internal Error",
        )
    ),
    Row("error-with-feed", "sends a feed with status 500",
        said(feed("error-with-feed"), status="500 Internal Server Error"), fails("status 500")),
    Row("too-many-seconds", "says 429 with Retry-After: 120", later("120", "429 Too Many Requests"),
        fails("status 429", retry_after=timedelta(minutes=2))),
    Row("too-many-date", "says 429 with a date", later("Wed, 20 Nov 2024 08:00:00 GMT", "429 Too Many"),
        fails("status 429", retry_after=timedelta(minutes=30))),
    Row("later-garbage", "says 503 with Retry-After: soon", later("soon"), fails("status 503")),
    Row("later-negative", "says 503 with Retry-After: -5", later("-5"), fails("status 503")),
    Row("later-huge", "says 503 with a Retry-After of 30 digits", later("9" * 30),
        fails("status 503", retry_after=DAY)),
    Row("later-never", "says 503 with a date in the year 9999", later("Fri, 31 Dec 9999 23:59:59 GMT"),
        fails("status 503", retry_after=DAY)),
)  # fmt: skip

TLS = (
    Row("tls-good", "shows a good certificate", framed("tls-good"), gives(), certificate="good"),
    Row("tls-stranger", "shows a certificate of an authority that nobody knows",
        framed("tls-stranger"), fails("certificate"), certificate="stranger"),
    Row("tls-other-name", "shows a certificate for another name",
        framed("tls-other-name"), fails("certificate"), certificate="other"),
    Row("tls-expired", "shows a certificate that is over",
        framed("tls-expired"), fails("certificate"), certificate="expired"),
    Row("tls-plain", "speaks plain HTTP where TLS is due",
        [said("plain", status="400 Bad Request"), 0.1], fails("TLS|SSL"), secure=True, at_once=True),
    Row("tls-garbage", "answers a TLS handshake with garbage",
        [b"\x16\x03\x03\x20\x00" + b"\xff" * 9_000, 0.1], fails("TLS|SSL"), secure=True, at_once=True),
    Row("tls-stall", "takes the connection and never shakes hands", [STALL], fails(SLOW),
        secure=True, at_once=True, slow=True),
    Row("tls-cut", "ends a document of unknown length without ending TLS: somebody may have cut it",
        whole("tls-cut", head()), fails("SSL|TLS|cut short"), certificate="good"),
)  # fmt: skip

WIRE = (*CONNECTIONS, *FRAMES, *HEADS, *STATUSES, *TLS)
