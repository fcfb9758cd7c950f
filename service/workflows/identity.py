"""Numbers of documents: GB 11643 check characters, disability certificates, passports and the like.

A disability certificate's number begins with its holder's resident identity number: one
person is found through either of the two.
"""

import re
from contextlib import suppress
from enum import StrEnum

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
IDENTITY_LENGTH = 18
CERTIFICATE_LENGTHS = (20, 22)
OTHER_FORM = re.compile(r"[A-Z0-9/-]{4,40}")


class DocumentType(StrEnum):
    """What a number was read from; a passport or a residence permit is another document."""

    RESIDENT_IDENTITY = "resident_identity"
    DISABILITY_CERTIFICATE = "disability_certificate"
    OTHER = "other"


def normalised(number: str, document_type: DocumentType | None = None) -> str:
    """Return a number as it is compared: no spaces, upper case.

    Without a type its length tells which document it is of. Raises `ValueError` where the
    length, the digits or the check character are wrong.
    """
    plain = "".join(number.split())
    if not plain.isascii():
        raise ValueError("holds characters that no number has")
    plain = plain.upper()
    if document_type is DocumentType.OTHER:
        if not OTHER_FORM.fullmatch(plain):
            raise ValueError("must have 4 to 40 letters, digits, hyphens or slashes")
        return plain
    _check(plain)
    if document_type not in {None, type_of(plain)}:
        raise ValueError(
            "must have 18 characters as a resident identity number, 20 or 22 as a certificate's"
        )
    return plain


def _check(plain: str) -> None:
    body, rest = plain[:IDENTITY_LENGTH], plain[IDENTITY_LENGTH:]
    lengths = (IDENTITY_LENGTH, *CERTIFICATE_LENGTHS)
    if len(plain) not in lengths or not body[:17].isdigit():
        raise ValueError("must have 18, 20 or 22 characters, the first 17 of them digits")
    if rest and not rest.isalnum():
        raise ValueError("ends with characters that no certificate has")
    if body[17] != check_character(body[:17]):
        raise ValueError("the check character does not fit: compare with the document")


def type_of(number: str) -> DocumentType:
    """Return which of the two documents a normalised number is of that begin with an identity."""
    if len(number) == IDENTITY_LENGTH:
        return DocumentType.RESIDENT_IDENTITY
    return DocumentType.DISABILITY_CERTIFICATE


def key_of(number: str, document_type: DocumentType) -> str:
    """Return what a normalised number has in common with all that are the same person's.

    It stands in the register once: a person's identity, or another document's number.
    """
    if document_type is DocumentType.OTHER:
        return f"other:{number}"
    return number[:IDENTITY_LENGTH]


def possible_keys(number: str) -> set[str]:
    """Return the keys of a number as it was typed, of whatever document it may be."""
    keys = set()
    for document_type in DocumentType:
        with suppress(ValueError):
            keys.add(key_of(normalised(number, document_type), document_type))
    return keys


def check_character(first_seventeen: str) -> str:
    """Return the 18th character (ISO 7064 MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(first_seventeen, WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]
