"""What goes wrong in what answers say: where to go on, how they are packed, and what to send back."""

from __future__ import annotations

import gzip
import zlib
from base64 import b85decode
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING

from aggregator.model.source import Validators
from tests.fetch.hostile import TICK, Row, Visit, fails, feed, gives, head, said, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fetch.hostile import Expected

PRIVATE = "is not a public address"
LONG = "longer than"
GZIP = "Content-Encoding: gzip"
DEFLATE = "Content-Encoding: deflate"
BR = "Content-Encoding: br"
ZSTD = "Content-Encoding: zstd"


def on(status: str, location: str, *headers: str, body: bytes = b"") -> bytes:
    return said(body, f"Location: {location}", *headers, status=f"{status} Elsewhere")


def to(name: str, location: str, visit: Visit, *, status: str = "302") -> bytes:
    """Send on from the start; answer with a feed everywhere else. ``PORT`` stands for our own."""
    if visit.path == "/":
        return on(status, location.replace("PORT", visit.port))
    return said(feed(name))


def chain_of(name: str, length: int, visit: Visit, *, status: str = "302") -> bytes:
    step = len(visit.path.strip("/"))
    return said(feed(name)) if step == length else on(status, f"/{'x' * (step + 1)}")


def sent(name: str, does: str, location: str, then: Expected, *, never: str = "", status: str = "302") -> Row:
    return Row(name, does, partial(to, name, location, status=status), then, never=never)


def private(name: str, host: str, *, does: str = "", words: str = PRIVATE) -> Row:
    """Be sent to an address that we may not connect to."""
    does = does or f"sends us on to http://{host}/"
    return sent(f"to-{name}", does, f"http://{host}/", fails(words))


def cookies(visit: Visit) -> bytes:
    cookie = "Set-Cookie: spy=1; Path=/"
    return on("302", "/b", cookie) if visit.path == "/" else said(feed("cookies"), cookie)


REDIRECTS = (
    Row("redirect-loop", "sends us round in a circle", on("302", "/"), fails("more than 5 redirects")),
    Row("redirects-6", "sends us on six times", partial(chain_of, "redirects-6", 6), fails("more than 5")),
    Row("redirects-5", "sends us on five times", partial(chain_of, "redirects-5", 5), gives()),
    Row("moved-5", "has moved for good five times", partial(chain_of, "moved-5", 5, status="301"),
        gives(moved_to="/xxxxx")),
    sent("moved", "has moved for good (301)", "/new", gives(moved_to="/new"), status="301"),
    sent("moved-308", "has moved for good (308)", "/new", gives(moved_to="/new"), status="308"),
    sent("found-307", "is elsewhere for now (307)", "/new", gives(), status="307"),
    sent("to-file", "sends us on to a file", "file:///etc/passwd", fails("not an http or https address")),
    sent("to-ftp", "sends us on to FTP", "ftp://127.0.0.1/", fails("not an http or https address")),
    sent("to-gopher", "sends us on to gopher, to speak to a mail server",
         "gopher://127.0.0.1:25/_MAIL", fails("not an http or https address")),
    sent("to-javascript", "sends us on to javascript:", "javascript:alert(1)", fails("address")),
    sent("to-data", "sends us on to data:", "data:text/xml,<rss/>", fails("address")),
    private("private", "10.0.0.1"),
    private("office", "192.168.1.1:8080"),
    private("metadata", "169.254.169.254", does="sends us on to a cloud's metadata"),
    private("metadata-v6", "[fd00:ec2::254]", does="sends us on to a cloud's metadata, by IPv6"),
    private("decimal", "2852039166", does="sends us on to the metadata, as a decimal number"),
    private("hex", "0xa9fea9fe", does="sends us on to the metadata, as a hexadecimal number"),
    private("octal", "0251.0376.0251.0376", does="sends us on to the metadata, in octal"),
    private("short", "10.1", does="sends us on to http://10.1/, which is 10.0.0.1"),
    private("mapped", "[::ffff:10.0.0.1]"),
    private("nat64", "[64:ff9b::a9fe:a9fe]", does="sends us on to the metadata, through NAT64"),
    private("6to4", "[2002:a00:1::]", does="sends us on to 10.0.0.1, through 6to4"),
    private("link-local", "[fe80::1]"),
    private("zero", "0.0.0.0"),
    private("multicast", "224.0.0.1"),
    private("broadcast", "255.255.255.255"),
    private("dotted", "169.254.169.254.", does="sends us on to the metadata, with a dot behind it"),
    private("user", "news.example.id@169.254.169.254", does="hides the metadata behind a user's name"),
    private("wide", "%EF%BC%91%EF%BC%90.0.0.1", does="sends us on to 10.0.0.1 in wide digits, escaped",
            words=f"{PRIVATE}|does not resolve"),
    sent("location-empty", "sends us on to nowhere", "", fails("redirect")),
    Row("location-missing", "sends us on without saying where", said(status="302 Found"), fails("names no")),
    sent("location-broken", "sends us on to half of an address", "http://[", fails("names no address")),
    sent("location-port", "sends us on to port 99999", "http://127.0.0.1:99999/", fails("address")),
    sent("location-long", "sends us on to an address of 100 KB", f"/{'x' * 100_000}", fails("header")),
    sent("location-up", "sends us up out of its root", "../../../b", gives()),
    sent("location-spaces", "sends us to an address with spaces and raw UTF-8",
         "/kabar \xc3\xa9konomi?q=a b", gives()),
    sent("location-crlf", "sends us to an address with an escaped line end and a header in it",
         "/a%0d%0aX-Evil:%201", gives(), never=r"[\r\n]X-Evil"),
    sent("location-cr", "sends us to an address with a raw CR and a header in it",
         "/a\rX-Evil: 1", fails("header"), never=r"[\r\n]X-Evil"),
    sent("to-https", "sends us to TLS on a port that speaks none", "https://127.0.0.1:PORT/a",
         fails("TLS|SSL")),
    Row("multiple-choices", "says 300 and lists some addresses",
        said("<a href='/a'>a</a>", status="300 Multiple Choices"), fails("status 300")),
    Row("redirect-without-end", "sends us on, with a body without end",
        lambda _: chain([head("Location: /b", status="302 Found")], repeat(b" " * 65_536)),
        fails(f"{LONG}|more than 5 redirects")),
    Row("cookies", "sets cookies", cookies, gives(), never="(?i)cookie:"),
    Row("asks-for-a-user", "is asked with a user and a password, and sends us on to another host",
        lambda visit: to("asks-for-a-user", f"http://localhost:{visit.port}/b", visit), gives(),
        user="sari:geheim", never=r"GET /b [\s\S]*Authorization"),
)  # fmt: skip


def packed(name: str, encoding: str, wrap: str = "gzip") -> bytes:
    body = feed(name).encode()
    packs: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "zlib": zlib.compress,
        "raw": lambda data: zlib.compress(data)[2:-4],
        "twice": lambda data: gzip.compress(gzip.compress(data)),
        "members": lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]),
        "padded": lambda data: gzip.compress(data) + b"\0" * 99,
        "surplus": lambda data: gzip.compress(data) + b"surplus",
        "cut": lambda data: gzip.compress(data)[:-30],
        "checksum": lambda data: gzip.compress(data)[:-8] + b"\0" * 4 + gzip.compress(data)[-4:],
        "zstd": zstd,
        "br": brotli,
        "zstd-cut": lambda data: zstd(data)[:-30],
        "br-cut": lambda data: brotli(data)[:-30],
        "plain": lambda data: data,
    }
    return said(packs[wrap](body), encoding)


def gzip_bomb() -> Iterator[bytes]:
    """Yield 10 GB of spaces in 10 MB, in one gzip member."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield squeeze.compress(b" " * 1_000_000) + squeeze.flush(zlib.Z_FULL_FLUSH)
    more = squeeze.compress(b" " * 1_000_000) + squeeze.flush(zlib.Z_FULL_FLUSH)
    yield from repeat(more, 10_000)


def zstd(data: bytes) -> bytes:
    """Return a zstd frame with ``data`` as it is, in one raw block (RFC 8878, 3.1.1)."""
    return ZSTD_HEAD + (len(data) << 3 | 1).to_bytes(3, "little") + data


def zstd_bomb() -> bytes:
    """Return 10 GB of spaces in 320 KB: blocks that say "this byte, 131,072 times" (RFC 8878, 3.1.1.2.2)."""
    block = 131_072 << 3 | 1 << 1
    return ZSTD_HEAD + (block.to_bytes(3, "little") + b" ") * 80_000 + (1).to_bytes(3, "little")


def brotli(data: bytes) -> bytes:
    """Return a brotli stream with ``data`` as it is, in one meta-block of up to 65,536 bytes (RFC 7932, 9.2).

    Its bits, the lowest first: 0, a window of 64 KB; 0, not the last; 00, four digits of its length;
    the length less one; 1, as it is. Then a last and empty meta-block.
    """
    bits = (len(data) - 1) << 4 | 1 << 20
    return bits.to_bytes(3, "little") + data + b"\x03"


ZSTD_HEAD = b"\x28\xb5\x2f\xfd\x00\x58"  # the magic number, no options, a window of 2 MB
# 16 MB of zeros as brotli packs them, the first and any after it: 10 GB in 16 KB.
BROTLI_FIRST = b85decode("%m4pB03-n7u|RU~|M>s^2Y>`X92S7?{ht8")
BROTLI_MORE = b85decode("{Qv(0Kms5R3qbe&kN^LF07wADVFBpg{}}")

ENCODINGS = (
    Row("gzip-members", "sends gzip in two members", packed("gzip-members", GZIP, "members"), gives()),
    Row("gzip-padded", "pads its gzip with zeros", packed("gzip-padded", GZIP, "padded"), gives()),
    Row("gzip-old-name", "calls its gzip x-gzip", packed("gzip-old-name", "Content-Encoding: X-GZip"),
        gives()),
    Row("deflate-zlib", "sends deflate as it should", packed("deflate-zlib", DEFLATE, "zlib"), gives()),
    Row("deflate-raw", "sends bare deflate", packed("deflate-raw", DEFLATE, "raw"), gives()),
    Row("br", "sends brotli", packed("br", BR, "br"), gives()),
    Row("zstd", "sends zstd", packed("zstd", ZSTD, "zstd"), gives()),
    Row("gzip-cut", "cuts its gzip short", packed("gzip-cut", GZIP, "cut"), fails("cut short")),
    Row("br-cut", "cuts its brotli short", packed("br-cut", BR, "br-cut"), fails("cut short")),
    Row("zstd-cut", "cuts its zstd short", packed("zstd-cut", ZSTD, "zstd-cut"), fails("cut short")),
    Row("gzip-checksum", "sends gzip with a wrong checksum",
        packed("gzip-checksum", GZIP, "checksum"), fails("broken")),
    Row("gzip-surplus", "sends garbage behind its gzip", packed("gzip-surplus", GZIP, "surplus"),
        fails("broken|cut short")),
    Row("gzip-plain", "says gzip and sends plain text", packed("gzip-plain", GZIP, "plain"), fails("broken")),
    Row("deflate-garbage", "says deflate and sends garbage",
        said(b"\xff" * 999, DEFLATE), fails("broken")),
    Row("br-garbage", "says brotli and sends garbage", said(b"\xff" * 999, BR), fails("broken")),
    Row("zstd-garbage", "says zstd and sends garbage", said(b"\xff" * 999, ZSTD), fails("broken")),
    Row("gzip-twice", "packs its document twice and says it once",
        packed("gzip-twice", GZIP, "twice"), unreadable("compressed file")),
    Row("gzip-unsaid", "sends gzip and says nothing", packed("gzip-unsaid", "X: 1"),
        unreadable("compressed file")),
    Row("encoding-unknown", "says an encoding that nobody asked for",
        packed("encoding-unknown", "Content-Encoding: pack200-gzip"), fails("did not ask")),
    Row("encoding-endless", "lists 1,000 encodings",
        packed("encoding-endless", f"Content-Encoding: {', '.join(['gzip'] * 1000)}"), fails("encod")),
    Row("gzip-bomb", "sends 10 GB of spaces in 10 MB of gzip",
        lambda _: chain([head(GZIP)], gzip_bomb()), fails(LONG)),
    Row("br-bomb", "sends 10 GB of zeros in 16 KB of brotli",
        said(BROTLI_FIRST + BROTLI_MORE * 600 + b"\x03", BR), fails(LONG)),
    Row("zstd-bomb", "sends 10 GB of spaces in 320 KB of zstd", said(zstd_bomb(), ZSTD), fails(LONG)),
    Row("gzip-name-without-end", "sends gzip with a file name without end",
        lambda _: chain([head(GZIP), b"\x1f\x8b\x08\x08" + bytes(6)], repeat(b"n" * 65_536)), fails(LONG)),
    Row("gzip-members-without-end", "sends empty gzip members without end",
        lambda _: chain([head(GZIP)], repeat(gzip.compress(b"", mtime=0) * 3_000)), fails(LONG)),
)  # fmt: skip


def always(name: str, *headers: str) -> bytes:
    return said(feed(name), *headers)


VALIDATORS = (
    Row("etag-folded", "folds its ETag over two lines",
        always("etag-folded", 'ETag: "a\r\n X-Evil: 1"'), gives(), never=r"[\r\n]\s*X-Evil"),
    Row("etag-cr", "puts a CR and a header into its ETag",
        always("etag-cr", 'ETag: "a\rX-Evil: 1"'), fails("header"), never=r"[\r\n]X-Evil"),
    Row("etag-long", "sends an ETag of 100 KB", always("etag-long", f'ETag: "{"x" * 100_000}"'),
        fails("header")),
    Row("etag-quotes", "sends an ETag with too many quotes", always("etag-quotes", 'ETag: W/""a"b'), gives()),
    Row("etag-not-latin", "sends an ETag in UTF-8 and in no encoding at all",
        always("etag-not-latin", 'ETag: "\xc3\xa9\xff"'), gives()),
    Row("modified-garbage", "sends a Last-Modified that is no date",
        always("modified-garbage", "Last-Modified: yesterday, \xe9"), gives()),
    Row("modified-ignored", "is asked whether something changed, and sends everything anew",
        always("modified-ignored", 'ETag: "same"'), gives(), validators=Validators(etag='"same"')),
    Row("fresh-for-ever", "says max-age=99999999999999999999",
        always("fresh-for-ever", "Cache-Control: max-age=99999999999999999999, max-age=x, =,"), gives()),
    Row("fresh-till-never", "says Expires: 0 and a date in the year 0",
        always("fresh-till-never", "Expires: 0", "Date: Mon, 00 Jan 0000 00:00:00 GMT"), gives()),
    Row("age-negative", "says an Age of minus a billion",
        always("age-negative", "Age: -1000000000", "Date: Fri, 31 Dec 9999 23:59:59 GMT"), gives()),
    Row("drops", "sends its document in drops, and to its end",
        lambda _: chain.from_iterable((bytes([byte]), TICK / 100) for byte in always("drops")), gives()),
)  # fmt: skip

ANSWERS = (*REDIRECTS, *ENCODINGS, *VALIDATORS)
