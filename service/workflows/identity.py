"""Identity numbers: GB 11643 check characters, and the longer disability-certificate numbers."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
LENGTHS = {18, 20, 22}
"""18: resident identity number; 20 and 22: disability certificates, which begin with one."""


def normalised(number: str) -> str:
    """Return an identity number as it is compared: no spaces, upper-case X.

    Raises `ValueError` where the length, the digits or the check character are wrong.
    """
    plain = "".join(number.split())
    if not plain.isascii():
        raise ValueError("holds characters that no number has")
    plain = plain.upper()
    body, rest = plain[:18], plain[18:]
    if len(plain) not in LENGTHS or not body[:17].isdigit():
        raise ValueError("must have 18, 20 or 22 characters, the first 17 of them digits")
    if rest and not rest.isalnum():
        raise ValueError("ends with characters that no certificate has")
    if body[17] != check_character(body[:17]):
        raise ValueError("the check character does not fit: compare with the document")
    return plain


def check_character(first_seventeen: str) -> str:
    """Return the 18th character (ISO 7064 MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(first_seventeen, WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]
