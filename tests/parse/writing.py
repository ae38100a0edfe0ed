"""Write feeds of every sort by chance: what real ones do, and what they should not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from random import Random

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "kabar": "https://kabar.example.id/ns",
}
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XHTML = "http://www.w3.org/1999/xhtml"

TEXTS = (
    "", " ", "Kapal tiba", "  Harga\n naik  ", "A & B", "a < b", "<b>Tebal</b> dan <i>miring</i>",
    "Kota “Ambon”",
    "caf\u00e9", "caf\u00c3\u00a9", "dua\u0093kata\u0094", "&amp; &lt;br&gt;", "<p>Satu</p>\n<p>Dua</p>",
    "\u00a0x\u00a0",
    "Ani, Budi", "日本語", "x" * 200, "<script>alert(1)</script>", "]]&gt;",
)  # fmt: skip
ADDRESSES = (
    "", "https://kabar.example.id/1", "https://kabar.example.id/1?a=1&b=2", "/2024/11/20/berita",
    "berita.html",
    " https://kabar.example.id/dua ", "javascript:alert(1)", "//cdn.example.id/x.jpg", "http://[",
    "mailto:a@k.id",
    "https://kabar.example.id/a/../b", "urn:uuid:1", "tag:k.id,2024:1", "1", "https:///k.id/x",
    "?p=1&amp;q=2",
)  # fmt: skip
DATES = (
    "Wed, 20 Nov 2024 14:30:00 +0700", "Rab, 20 Nov 2024 14:30 WIB", "2024-11-20T07:30:00Z", "kemarin", "",
    "0",
)  # fmt: skip
NUMBERS = (
    "12",
    "0",
    "-6.12 106.8",
    " 45.5,-71 ",
    "1:02:03",
    "",
    "yes",
    "false",
    "x",
    "91 0",
    "1e5",
    "trailer",
)
PEOPLE = ("Ani", "", "Ani Wijaya", "ani@k.id (Ani)", "Ani <ani@k.id>", "ani@k.id", " Budi ", "<b>Cici</b>")
TAGS = ("", "en", "id-ID", "id_ID", "zh-Hant")
BASES = ("https://kabar.example.id/", "http://lain.example.id/a/b", "/relatif/", "")
TYPES = ("text", "html", "text/plain", "text/html", "TEXT", "image/png", "")


class Writer:
    """Writes one document; the same chance writes the same."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.oddity = random.choice((0.0, 0.0, 0.02, 0.2))
        self.based = random.choice((0.0, 0.0, 0.1))

    def document(self) -> bytes:
        """Return a whole feed."""
        kind = self.random.choice((self.rss, self.rss, self.rdf, self.atom, self.atom))
        declaration = self.random.choice(
            ("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>\n')
        )
        return (
            declaration + self.random.choice(("", "<!-- x -->", "<?xml-stylesheet href='x'?>")) + kind()
        ).encode()

    def rss(self) -> str:
        version = self.random.choice(("2.0", "2.0", "0.91", "0.92", "", "2.0.1"))
        spaces = self.spaces()
        body = (
            self.some((self.channel_element,), 6)
            + self.some((self.item,), 4)
            + self.some((self.channel_element,), 2)
        )
        root = f"<rss{self.attribute('version', version)}{spaces}{self.root_place()}>"
        return f"{root}<channel{self.place()}>{body}</channel></rss>"

    def rdf(self) -> str:
        items = "".join(
            self.item(f" rdf:about={quoteattr(self.pick(ADDRESSES))}")
            for _ in range(self.random.randrange(4))
        )
        inside = "<items><rdf:Seq><rdf:li rdf:resource='x'/></rdf:Seq></items>" + self.some(
            (self.channel_element,), 5
        )
        image = self.random.choice(
            ("", "<image rdf:about='x'><title>G</title><url>x</url><link>x</link></image>")
        )
        default = self.random.choice(("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"))
        spaces = (
            self.spaces()
            if self.chance(0.3)
            else "".join(f' xmlns:{p}="{NAMESPACES[p]}"' for p in NAMESPACES if p != "atom")
        )
        if "xmlns:atom" not in spaces:
            items, inside = (part.replace("atom:", "kabar:") for part in (items, inside))
        root = f'<rdf:RDF xmlns="{default}" xmlns:rdf="{RDF}"{spaces}>'
        return f"{root}<channel>{inside}</channel>{image}{items}</rdf:RDF>"

    def atom(self) -> str:
        body = self.some((self.atom_feed_element,), 6) + self.some((self.atom_entry,), 4)
        space = f'xmlns="{NAMESPACES["atom"]}"'
        if self.chance(0.1):
            space = 'version="0.3" xmlns="http://purl.org/atom/ns#"'
        return f"<feed {space}{self.spaces()}{self.root_place()}>{body}</feed>"

    def spaces(self) -> str:
        return "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())

    def item(self, about: str = "") -> str:
        inside = self.some((self.item_element, self.media, self.extension), 9)
        return f"<item{about}{self.place()}>{inside}</item>"

    def atom_entry(self) -> str:
        return (
            f"<entry{self.place()}>{self.some((self.atom_element,), 9)}"
            f"{self.some((self.media, self.extension), 3)}</entry>"
        )

    def channel_element(self) -> str:
        names = (
            "title", "link", "description", "language", "ttl", "copyright", "managingEditor", "webMaster",
            "pubDate",
            "lastBuildDate", "category", "generator", "docs", "sy:updatePeriod", "sy:updateFrequency",
            "itunes:author",
            "itunes:summary", "itunes:explicit", "dc:title", "dc:language", "kabar:x", "guid",
        )  # fmt: skip
        name = self.pick(names)
        whole = (
            '<atom:link href="https://kabar.example.id/feed/" rel="self" type="application/rss+xml"/>',
            "<image><url>https://k.id/l.png</url><title>Gambar</title><link>https://k.id</link></image>",
            "<skipHours><hour>0</hour><hour>24</hour><hour> 7 </hour><hour>x</hour></skipHours>",
            "<skipDays><day>Sunday</day><day>monday</day></skipDays>",
            '<itunes:category text="Berita"><itunes:category text="Kota"/></itunes:category>',
            "<itunes:owner><itunes:name>Ani</itunes:name><itunes:email>a@k.id</itunes:email></itunes:owner>",
            "<cloud domain='x' port='1'/>",
            "<textInput><title>T</title><name>q</name><link>x</link></textInput>",
            '<itunes:image href="https://k.id/i.png"/>', self.link("atom:link"),
        )  # fmt: skip
        return self.pick(whole) if self.chance(0.3) else self.element(name)

    def item_element(self) -> str:
        names = (
            "title", "title", "link", "description", "description", "guid", "pubDate", "author",
            "category", "comments",
            "content:encoded", "content:encoded", "dc:creator", "dc:date", "dc:subject", "dc:title",
            "dc:description",
            "dc:rights", "dc:language", "dcterms:created", "dcterms:modified", "itunes:author",
            "itunes:summary",
            "itunes:keywords", "slash:comments", "wfw:commentRss", "kabar:x", "source", "atom:updated",
            "atom:summary",
            "atom:content", "atom:id", "date", "thr:total",
        )  # fmt: skip
        name = self.pick(names)
        address, length = self.pick(ADDRESSES), self.pick(("", "1", "x"))
        permanent = self.pick(("false", "true", "False"))
        whole = (
            f"<enclosure url={quoteattr(address)} length='{length}' type='Audio/MPEG'/>",
            f"<guid isPermaLink='{permanent}'>{self.text(address)}</guid>",
            f"<category domain='x'>{self.text(self.pick(TEXTS))}</category>", self.link("atom:link"),
            f"<source url='https://k.id/'>{self.text(self.pick(TEXTS))}</source>",
            f"<itunes:image href={quoteattr(self.pick(ADDRESSES))}/>", "<image><url>x</url></image>",
            "<kabar:y><kabar:z a='1'>w</kabar:z></kabar:y>",
            "<post-id xmlns='com-wordpress:feed-additions:1'>1</post-id>",
        )  # fmt: skip
        return self.pick(whole) if self.chance(0.3) else self.element(name)

    def extension(self) -> str:
        """Return an element that neither RSS nor Atom knows."""
        names = (
            "itunes:duration", "itunes:episode", "itunes:season", "itunes:episodeType", "itunes:title",
            "itunes:subtitle", "itunes:explicit", "slash:comments", "thr:total", "georss:point",
            "georss:featurename", "geo:lat", "geo:long", "podcast:episode", "podcast:unheardOf",
            "subtitle",
        )  # fmt: skip
        text, address = quoteattr(self.pick(TEXTS).replace("\u00a0", " ")), quoteattr(self.pick(ADDRESSES))
        other = f"<podcast:source uri={address}/><podcast:integrity/>"
        place = "<gml:Point xmlns:gml='http://www.opengis.net/gml'><gml:pos>1 2</gml:pos></gml:Point>"
        whole = (
            f"<podcast:person role={text} HREF={address}>{escape(self.pick(PEOPLE))}</podcast:person>",
            f"<podcast:transcript url={address} type='Text/VTT'/>",
            f"<podcast:alternateEnclosure type='Audio/MPEG'>{other}</podcast:alternateEnclosure>",
            f"<podcast:soundbite startTime='1' duration={text}>x</podcast:soundbite>",
            f"<source url={address}>{escape(self.pick(TEXTS))}</source>",
            f"<georss:where>{place}</georss:where>",
            f"<atom:link rel='{self.pick(('via', 'related'))}' href={address} title={text}/>",
        )
        return self.pick(whole) if self.chance(0.4) else self.element(self.pick(names))

    def media(self) -> str:
        address = self.pick(ADDRESSES)
        titled = self.element("media:title")
        kids = (
            f"<media:content url={quoteattr(address)} type='Image/JPEG' medium='image' fileSize='9'/>",
            f"<media:thumbnail url={quoteattr(self.pick(ADDRESSES))}/>", self.element("media:thumbnail"),
            self.element("media:title"), self.element("media:description"), self.element("media:keywords"),
            self.element("media:category"), self.element("media:credit"),
            "<media:hash algo='md5'>x</media:hash>", "<media:credit role='x'>Ani</media:credit>",
            f"<media:content url={quoteattr(address)} width='10' duration='1.5'>{titled}</media:content>",
        )  # fmt: skip
        inside = "".join(self.random.sample(kids, self.random.randrange(4)))
        return self.random.choice(
            (
                inside,
                f"<media:group>{inside}</media:group>",
                f"<media:group>{inside}{''.join(self.random.sample(kids, 3))}</media:group>",
                f"<media:content url='https://k.id/v.mp4'>{inside}</media:content>",
            )
        )

    def atom_feed_element(self) -> str:
        names = (
            "title",
            "subtitle",
            "id",
            "updated",
            "icon",
            "logo",
            "rights",
            "generator",
            "sy:updatePeriod",
        )
        whole = (self.link("link"), self.person("author"), "<category term='x'/>", self.element("title"))
        return self.pick(whole) if self.chance(0.5) else self.element(self.pick(names))

    def atom_element(self) -> str:
        names = (
            "id",
            "updated",
            "published",
            "issued",
            "modified",
            "created",
            "rights",
            "dc:creator",
            "thr:total",
        )
        source = self.element("id") + self.element("title") + self.link("link") + self.person("author")
        term = quoteattr(self.pick(TEXTS).replace("\u00a0", " "))
        more = self.attribute("scheme", self.pick(("", "x"))) + self.attribute("label", self.pick(("", "L")))
        term = self.random.choice((f" term={term}", ""))
        category = f"<category{term}{more}>{self.text(self.pick(TEXTS[:5]))}</category>"
        texts = [self.atom_text(name) for name in ("title", "summary", "content", "content", "rights")]
        whole = (
            *texts,
            self.link("link"),
            self.link("link"),
            self.person("author"),
            self.person("contributor"),
            category,
            f"<source>{source}</source>",
        )
        return self.pick(whole) if self.chance(0.7) else self.element(self.pick(names))

    def atom_text(self, name: str) -> str:
        kind = self.random.choice(("", ' type="text"', ' type="html"', ' type="xhtml"', ' type="xhtml"'))
        if self.chance(self.oddity):
            kind = f' type="{self.pick(TYPES)}"'
        if kind != ' type="xhtml"':
            return f"<{name}{kind}{self.place()}>{self.text(self.pick(TEXTS))}</{name}>"
        p = f"<p title='a&quot;&lt;' REL='X'>{escape(self.pick(TEXTS))}<br/></p>"
        inside = self.random.choice((p, p + "<i>a</i>", escape(self.pick(TEXTS)), ""))
        div = f'<div xmlns="{XHTML}">{inside}</div>'
        inside = self.random.choice((div, f" {div} ", div + div, "x" + div, div + "x", ""))
        return f"<{name}{kind}>{inside}</{name}>"

    def person(self, name: str) -> str:
        kids = [
            f"<{key}>{escape(self.pick(values))}</{key}>"
            for key, values in (("name", PEOPLE), ("email", PEOPLE), ("uri", ADDRESSES))
        ]
        inside = "".join(self.random.sample(kids, self.random.randrange(4)))
        return f"<{name}>{inside}{self.random.choice(('', '', 'Ani'))}</{name}>"

    def link(self, name: str) -> str:
        rel = self.random.choice(
            ("", ' rel="alternate"', ' rel="self"', ' rel="ENCLOSURE"', ' rel="replies" thr:count="1"')
        )
        kind = self.random.choice(
            ("", ' type="text/html"', ' type="application/json"', ' type="audio/mpeg" length="7"')
        )
        return f"<{name}{rel}{kind} href={quoteattr(self.pick(ADDRESSES))}{self.place()}/>"

    def element(self, name: str) -> str:
        values: tuple[str, ...] = TEXTS
        if name in {"link", "guid", "id", "comments", "docs", "media:thumbnail"}:
            values = ADDRESSES
        elif "ate" in name or name in {
            "issued",
            "modified",
            "dcterms:modified",
            "ttl",
            "updated",
            "published",
        }:
            values = (*DATES, "hourly", "weekly", "60", "-1", "2")
        elif name in {"author", "dc:creator", "itunes:author", "managingEditor", "webMaster"}:
            values = PEOPLE
        elif "language" in name:
            values = TAGS
        elif name.startswith(("itunes:e", "itunes:d", "itunes:s", "slash:", "thr:", "geo", "podcast:e")):
            values = (*NUMBERS, *TEXTS[:4])
        text = self.text(self.pick(values))
        if self.chance(self.oddity):
            text += self.pick(
                ("<b>x</b>", "<title>Dalam</title>", "<kabar:x/>", "<link>x</link>", "<x a='1'>y</x>")
            )
        odd = self.pick((" type='html'", " a='1'", " mode='escaped'")) if self.chance(self.oddity) else ""
        return f"<{name}{odd}{self.place()}>{text}</{name}>"

    def text(self, value: str) -> str:
        form = self.random.randrange(6)
        if form == 0 and "]]>" not in value:
            return f"<![CDATA[{value}]]>"
        if form == 1:
            return escape(value[:2]) + "<!-- x -->" + escape(value[2:])
        if form == 2:
            return "".join(f"&#{ord(char)};" for char in value[:2]) + "<?x y?>" + escape(value[2:])
        return escape(value)

    def place(self) -> str:
        place = self.attribute("xml:lang", self.pick(TAGS)) if self.chance(0.15) else ""
        return place + (self.attribute("xml:base", self.pick(BASES)) if self.chance(self.based) else "")

    def root_place(self) -> str:
        return (
            self.attribute("xml:base", self.pick(BASES[:2]))
            if self.based and self.chance(0.8)
            else self.place()
        )

    def attribute(self, name: str, value: str) -> str:
        return f" {name}={quoteattr(value)}"

    def some(self, kinds: tuple[object, ...], most: int) -> str:
        space = self.random.choice(("", "\n  "))
        return "".join(space + self.random.choice(kinds)() for _ in range(self.random.randrange(most + 1)))  # type: ignore[operator]

    def pick(self, values: tuple[str, ...]) -> str:
        return self.random.choice(values)

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely
