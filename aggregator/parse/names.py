"""Name the elements of a feed as feedparser does: by what their namespace is known as, in lower case.

A namespace that nobody knows goes by the prefix that the document gives it, so that a prefix can pass for
a namespace that it is not. No honest feed needs that; it is odd, and declined.
"""

from __future__ import annotations

from aggregator.parse.podcast_tags import ATTRIBUTES, TAGS


class OddError(Exception):
    """Something that only feedparser knows how it reads."""


#: Namespaces that feedparser does not know, or knows by another name, and is taught (``recorder``).
TAUGHT = {
    "http://purl.org/syndication/thread/1.0": "thr",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
}
_KNOWN = {
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://purl.org/atom/ns#": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://webns.net/mvcb/": "admin",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    **TAUGHT,
}
_USERLAND = "backend.userland.com/rss"  # with whatever stands behind it
_PREFIXES_MAX = 100  # that a document may bind; a name of an unknown namespace is tried with each
_PREFIXES = set(_KNOWN.values()) - {""}
# Prefixes of namespaces in which nothing is read here; that of another must not go by them.
_OTHERS = {
    "ag", "annotate", "audio", "blogchannel", "co", "cp", "email", "ev", "fm", "foaf",
    "icbm", "image", "l", "pingback", "prism", "rdfs", "ref", "reqv", "search", "soap",
    "ss", "str", "sub", "szf", "taxo", "ti", "trackback", "wfw", "wiki", "xlink",
}  # fmt: skip
_VERSIONS = {
    "http://www.w3.org/2005/atom": "atom10",
    "http://purl.org/rss/1.0/": "rss10",
    "http://my.netscape.com/rdf/simple/0.9/": "rss090",
}

#: Names that mean something to feedparser, or to who reads its answer.
MEANT = frozenset({
    "abstract", "author", "authors", "body", "category", "cc_license", "channel", "cloud",
    "content", "content_encoded", "contributor", "copyright", "created", "creativecommons_license",
    "date", "dc_author", "dc_contributor", "dc_creator", "dc_date", "dc_description", "dc_language",
    "dc_publisher", "dc_rights", "dc_subject", "dc_title", "dcterms_created", "dcterms_issued",
    "dcterms_modified", "dcterms_valid", "description", "email", "enclosure", "entries", "entry",
    "expirationdate", "feed", "feedburner_browserfriendly", "fullitem", "generator", "geo_lat", "geo_long",
    "geom", "georss_box", "georss_featurename", "georss_line", "georss_point", "georss_polygon",
    "georss_where", "georssgeom", "gml_exterior", "gml_linearring", "gml_linestring", "gml_point",
    "gml_polygon", "gml_pos", "gml_poslist", "guid", "height", "homepage", "id", "image", "info", "issued",
    "item", "items",
    "itunes_author", "itunes_block", "itunes_category", "itunes_duration", "itunes_email",
    "itunes_episode", "itunes_episodetype", "itunes_explicit", "itunes_image", "itunes_keywords",
    "itunes_link", "itunes_name", "itunes_owner", "itunes_season", "itunes_subtitle", "itunes_summary",
    "itunes_title", "keywords", "language", "lastbuilddate", "link", "links",
    "managingeditor", "media_category", "media_content", "media_credit", "media_description",
    "media_group", "media_keywords", "media_license", "media_player", "media_rating",
    "media_restriction", "media_thumbnail", "media_title", "modified", "name", "newlocation",
    "psc_chapter", "psc_chapters", "pubdate", "published", "rights", "rights_detail", "rss",
    "slash_comments", "source", "subtitle", "summary", "summary_detail", "sy_updatefrequency",
    "sy_updateperiod", "tagline", "tags", "textinput", "thr_total", "title", "title_detail", "ttl", "updated",
    "uri", "url", "webmaster", "where", "width", "xhtml_body",
})  # fmt: skip

#: Elements of an entry that are kept with all that is in them, as feedparser loses or mangles it.
RECORDED = frozenset({
    "georss_point", "georss_where", "itunes_explicit", "media_content", "media_credit", "media_group",
    "source", *TAGS,
})  # fmt: skip

_READ = MEANT | RECORDED

# feedparser takes an attribute of a namespace that it does not know for one without a namespace.
_MEANT_ATTRIBUTES = {
    "base", "domain", "duration", "filesize", "height", "href", "ispermalink", "label", "lang", "lastmod",
    "length", "medium", "mode", "rel", "role", "scheme", "src", "term", "text", "title", "type", "uri",
    "url", "version", "width", *ATTRIBUTES,
}  # fmt: skip


def _known(uri: str) -> str | None:
    lower = uri.lower()
    return "" if _USERLAND in lower else _KNOWN.get(lower)


class Names(dict[str, str]):
    """The names of a document's elements, by namespace and local name as expat joins them.

    ``""`` stands for all that nobody knows.
    """

    def __init__(self) -> None:
        """Begin without any namespace."""
        super().__init__()
        self.version = ""  #: the first namespace's that tells one, as feedparser calls it
        self._bound: dict[str, str] = {}
        self._unknown: dict[str, set[str]] = {}

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """Take note that ``prefix`` stands for ``uri``; raise OddError where that misleads."""
        if not uri:
            return
        known, lower = _known(uri), (prefix or "").lower()
        if (
            " " in uri
            or len(self._bound) > _PREFIXES_MAX
            or (prefix and self._bound.setdefault(lower, uri) != uri)
        ):
            raise OddError
        if (lower in _PREFIXES and known != lower) or (known is not None and lower in _OTHERS):
            raise OddError
        if known is None:
            self._unknown.setdefault(uri, set()).add(lower)
        elif not self.version:
            version = _VERSIONS.get(uri.lower(), "")
            self.version = "" if version == "rss090" and prefix else version

    def __missing__(self, tag: str) -> str:
        """Return the name of an element that was not met before."""
        uri, _, local = tag.rpartition(" ")
        local = local.lower()
        known = _known(uri) if uri else ""
        if known is None:
            if any(
                (f"{prefix}_{local}" if prefix else local) in _READ for prefix in self._unknown.get(uri, ())
            ):
                raise OddError
            name = ""
        else:
            name = f"{known}_{local}" if known else local
        self[tag] = name
        return name


def attributes(written: list[str]) -> dict[str, str]:
    """Return the attributes of an element by name, of names and values as expat lists them."""
    found = {}
    for key, value in zip(written[::2], written[1::2], strict=True):
        uri, _, local = key.rpartition(" ")
        name = local.lower()
        if uri:
            known = _known(uri)
            if not known and name in _MEANT_ATTRIBUTES:
                raise OddError
            name = f"{known or uri}:{name}"
        found[name] = value.lower() if name in {"rel", "type"} else value
    return found
