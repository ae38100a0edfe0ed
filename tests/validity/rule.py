"""What a rule of validity is: a named function, its reason in the docstring, that yields what is wrong.

A rule may be a choice: what it finds is correct, the W3C's service complains of it, and we publish it
nonetheless. Each choice has its reason in docs/decisions/0023-what-validators-warn-of.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
D_contra = TypeVar("D_contra", contravariant=True)

#: What is wrong, and where: a line of the document, or a path in it.
Finding: TypeAlias = tuple[str, str]


class Rule(Protocol[D_contra]):
    """A function with a name and a docstring."""

    __name__: str

    def __call__(self, document: D_contra, /) -> Iterator[Finding]:
        """Yield what is wrong with ``document``."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a rule found in a document."""

    rule: str
    message: str
    where: str
    chosen: bool = False  #: we know, and publish it nonetheless


class Rules(Generic[T]):
    """The rules for one kind of document; calling it with a function adds that one."""

    def __init__(self, *others: Rules[T]) -> None:
        self.named: dict[str, Rule[T]] = {}
        self.choices: set[str] = set()
        for other in others:
            for rule in other.named.values():
                self(rule)
            self.choices |= other.choices

    def __call__(self, rule: Rule[T]) -> Rule[T]:
        """Add a rule."""
        assert rule.__doc__, f"{rule.__name__} gives no reason"
        assert rule.__name__ not in self.named, f"two rules are {rule.__name__}"
        self.named[rule.__name__] = rule
        return rule

    def choice(self, rule: Rule[T]) -> Rule[T]:
        """Add a rule of which we know that what it finds is published."""
        self.choices.add(rule.__name__)
        return self(rule)

    def faults(self, document: T) -> list[Fault]:
        """Return what all rules find in ``document``."""
        return [
            Fault(name, message, where, name in self.choices)
            for name, rule in self.named.items()
            for message, where in rule(document)
        ]
