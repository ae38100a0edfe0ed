"""Read who made a feed and its entries, as far as feedparser lends no person what another has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.elements import address_of, inherited, inner_text, mended
from aggregator.parse.names import MEANT, OddError, attributes

if TYPE_CHECKING:
    from aggregator.parse.elements import Fields, Node, Place, Scope, State

_PERSON = {"name": "name", "email": "email", "uri": "href", "url": "href", "homepage": "href"}


def author(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Read who wrote an entry, or the feed."""
    if not scope.entry and not state.atom:
        told_of_person(state, node)
        return
    fields, former = scope.fields, scope.fields.get("author")
    if "@" in scope.plain_author:  # which feedparser takes apart, in its way
        raise OddError
    person: Fields = {}
    fields.setdefault("authors", []).append(person)
    place = inherited(state, attributes(node[1]), place)
    for kid in told_of_person(state, node):
        key = _PERSON[state.names[kid[0]]]
        if scope.plain_author or (former and not person and (key != "name" or "@" in former)):
            raise OddError  # feedparser gives a person what the one before has, or the other way round
        person[key] = (
            address_of(state, kid, inherited(state, attributes(kid[1]), place))
            if key == "href"
            else inner_text(kid)
        )
    text = mended(state, "".join(one for one in node[2] if one.__class__ is str).strip())
    scope.keep("author", text, place.depth)
    name, email = person.get("name"), person.get("email")
    if name or email:
        fields["author"] = f"{name} ({email})" if name and email else name or email
    elif text and not person:
        if "@" in text and (state.atom or len(fields["authors"]) > 1):
            raise OddError
        scope.plain_author = text
        person["name"] = text


def told_of_person(state: State, node: Node) -> list[Node]:
    """Return the elements that tell of a person; those of no meaning are passed over if they are empty."""
    found = []
    for kid in node[2]:
        if kid.__class__ is str:
            continue
        name = state.names[kid[0]]
        if name in _PERSON:
            inner_text(kid)
            found.append(kid)
        elif name in MEANT or not kid[1] or kid[2]:
            raise OddError
    return found


def contributor(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Pass over a contributor."""
    del scope, place
    told_of_person(state, node)


def owner(state: State, scope: Scope, node: Node, place: Place) -> None:
    """Pass over whom a podcast belongs to."""
    del scope, place
    if state.atom:
        raise OddError  # feedparser takes it for an author
    for kid in node[2]:
        if kid.__class__ is not str:
            if state.names[kid[0]] not in {"itunes_name", "itunes_email"}:
                raise OddError
            inner_text(kid)
