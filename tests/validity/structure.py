"""Which elements and attributes belong where: a table for each format, and the rules that hold to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.validity.rule import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.validity.document import Document
    from tests.validity.rule import Finding

Shapes = dict[str, "Shape"]


@dataclass(frozen=True)
class Shape:
    """What an element may contain: names of children and attributes, separated by spaces."""

    must: str = ""  #: children that are there once
    may: str = ""  #: children that are there once or not
    many: str = ""  #: children that are there any number of times
    needs: str = ""  #: attributes that are there
    takes: str = ""  #: attributes that may be there
    text: bool | None = False  #: it holds text, which is not blank; None: it may


TEXT = Shape(text=True)


def of(*names: str, shape: Shape = TEXT) -> Shapes:
    """Return the same shape for each of several names."""
    return dict.fromkeys(" ".join(names).split(), shape)


def structural(root: str, shapes: Mapping[str, Shape]) -> Rules[Document]:  # noqa: C901 - a list of rules
    """Return the rules that hold a document to ``shapes``."""
    rules: Rules[Document] = Rules()

    @rules
    def root_is_the_format_s_own(document: Document) -> Iterator[Finding]:
        """The outermost element says which format it is."""
        if document.root.name != root:
            yield f"the document is a {document.root.name!r}, not a {root!r}", "line 1"

    @rules
    def elements_are_defined(document: Document) -> Iterator[Finding]:
        """An element stands where its specification puts it, and nowhere else (undefined elements)."""
        for node in document.nodes():
            shape = shapes.get(node.name, Shape())
            known = f"{shape.must} {shape.may} {shape.many}".split()
            for child in node.children:
                if child.name not in known and not node.name.startswith("xhtml:"):
                    yield f"{node.name} has no {child.name}", child.where

    @rules
    def required_elements_are_there(document: Document) -> Iterator[Finding]:
        """What a specification requires is there (missing elements)."""
        for node in document.nodes():
            for name in shapes.get(node.name, Shape()).must.split():
                if not node.all(name):
                    yield f"{node.name} lacks {name}", node.where

    @rules
    def single_elements_are_single(document: Document) -> Iterator[Finding]:
        """What may be there once is not there twice (duplicate elements; one enclosure an item)."""
        for node in document.nodes():
            shape = shapes.get(node.name, Shape())
            for name in f"{shape.must} {shape.may}".split():
                if len(node.all(name)) > 1:
                    yield f"{node.name} has more than one {name}", node.where

    @rules
    def attributes_are_defined(document: Document) -> Iterator[Finding]:
        """An attribute stands where its specification puts it (unexpected attributes)."""
        for node in document.nodes():
            shape = shapes.get(node.name, Shape())
            for name in node.attributes.keys() - f"{shape.needs} {shape.takes}".split():
                if not node.name.startswith("xhtml:"):
                    yield f"{node.name} has no attribute {name}", node.where

    @rules
    def required_attributes_are_there(document: Document) -> Iterator[Finding]:
        """What an element cannot do without is there (missing attributes)."""
        for node in document.nodes():
            for name in shapes.get(node.name, Shape()).needs.split():
                if name not in node.attributes:
                    yield f"{node.name} lacks the attribute {name}", node.where

    @rules
    def nothing_is_blank(document: Document) -> Iterator[Finding]:
        """An element or attribute that says nothing is left out."""
        for node in document.nodes():
            if shapes.get(node.name, Shape()).text and not node.text.strip() and not node.children:
                yield f"{node.name} is blank", node.where
            for name, value in node.attributes.items():
                if not value.strip():
                    yield f"the attribute {name} of {node.name} is blank", node.where

    @rules
    def no_text_stands_between_elements(document: Document) -> Iterator[Finding]:
        """Where an element has children or attributes only, there is no text (unexpected text)."""
        for node in document.nodes():
            if node.name in shapes and shapes[node.name].text is False and node.text.strip():
                yield f"{node.text.strip()[:40]!r} stands in {node.name}", node.where

    return rules
