"""The sample district: real names of offices, made-up villages, made-up people.

Identity numbers pass their check character but begin with a region code that does not exist,
so that they cannot be anybody's.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session

from service.store.areas import Area, AreaLevel, add_area
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position
from service.workflows.identity import check_character

PASSWORD = "dixian-sample"  # noqa: S105 - of made-up people in a made-up district
POLICY = "taogou-2021"
NO_SUCH_REGION = "999999"

COUNTY, TOWNSHIP = "341302000000", "341302901000"
VILLAGE, NEIGHBOUR = "341302901201", "341302901202"
OTHER_TOWNSHIP, OTHER_VILLAGE = "341302902000", "341302902201"

AREAS: tuple[dict[str, Any], ...] = (
    {"code": COUNTY, "name": "埇桥区", "level": AreaLevel.COUNTY},
    {
        "code": TOWNSHIP,
        "name": "桃沟乡",
        "level": AreaLevel.TOWNSHIP,
        "parent_code": COUNTY,
        "policy_id": POLICY,
    },
    {"code": VILLAGE, "name": "示例一村", "level": AreaLevel.VILLAGE, "parent_code": TOWNSHIP},
    {"code": NEIGHBOUR, "name": "示例二村", "level": AreaLevel.VILLAGE, "parent_code": TOWNSHIP},
    {
        "code": OTHER_TOWNSHIP,
        "name": "示例乡",
        "level": AreaLevel.TOWNSHIP,
        "parent_code": COUNTY,
    },
    {
        "code": OTHER_VILLAGE,
        "name": "示例三村",
        "level": AreaLevel.VILLAGE,
        "parent_code": OTHER_TOWNSHIP,
    },
)


@dataclass(frozen=True, slots=True)
class Official:
    """A made-up official and the position held."""

    username: str
    name: str
    role: str
    area_code: str
    title: str


OFFICIALS = (
    Official("village", "甲村干", "village_committee", VILLAGE, "示例一村村“两委”"),
    Official("team", "甲队员", "resident_team", VILLAGE, "示例一村驻村工作队"),
    Official("supervisor", "甲监委", "supervision_committee", VILLAGE, "示例一村村监督委员会"),
    Official("neighbour", "乙村干", "village_committee", NEIGHBOUR, "示例二村村“两委”"),
    Official("township", "丙乡干", "township_office", TOWNSHIP, "桃沟乡党委、政府"),
    Official("elsewhere", "丁乡干", "township_office", OTHER_TOWNSHIP, "示例乡党委、政府"),
    Official("county", "戊区干", "county_bureau", COUNTY, "埇桥区乡村振兴局"),
)
APPOINTED_ON = date(2021, 1, 1)


def plant(session: Session, at: datetime) -> None:
    """Put the sample district into an empty database: areas, positions, people."""
    for area in AREAS:
        add_area(session, Area(**area))
    password_hash = PasswordHash((Argon2Hasher(),)).hash(PASSWORD)
    for official in OFFICIALS:
        _appoint(session, official, password_hash, at)


def _appoint(session: Session, official: Official, password_hash: str, at: datetime) -> None:
    person = Person(
        id=new_id(at),
        username=official.username,
        name=official.name,
        password_hash=password_hash,
        created_at=at,
    )
    position = Position(
        id=new_id(at), role=official.role, area_code=official.area_code, title=official.title
    )
    session.add_all([person, position])
    session.flush()
    session.add(
        Appointment(
            id=new_id(at), position_id=position.id, person_id=person.id, from_on=APPOINTED_ON
        )
    )
    session.flush()


def identity_number(serial: int, born: date = date(1970, 1, 1)) -> str:
    """Return an identity number that is well-formed and nobody's. Serial: 0 to 999."""
    first = f"{NO_SUCH_REGION}{born:%Y%m%d}{serial:03d}"
    return first + check_character(first)
