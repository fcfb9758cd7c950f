"""The register: households and their members. Personal values are sealed; see `vault`."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Index, SQLModel

from service.store.columns import AREA_CODE, CODE, Json, Utc, coded, table_of
from service.store.vault import Vault, masked
from service.workflows.identity import DocumentType

ID_NUMBER = "member.id_number"
TELEPHONE = "household.telephone"


class Household(SQLModel, table=True):
    """A household of one village. `open_case_id` is why it can have only one open episode.

    `traits` are codes of the document's own list (moved to a resettlement site, …).
    """

    __table_args__ = (
        Index("ix_household_telephone_index_id", "telephone_index", "id"),
        Index("ix_household_head_name_area_code", "head_name", "area_code"),
    )

    id: UUID = Field(primary_key=True)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code", index=True)
    household_type: str = Field(sa_type=CODE)
    group_name: str | None = None
    head_name: str
    telephone_sealed: str | None = None
    telephone_index: str | None = None
    traits: list[str] = Field(default=[], sa_type=Json)
    open_case_id: UUID | None = None
    last_case_id: UUID | None = None
    episodes: int = 0
    created_at: datetime = Field(sa_type=Utc)
    created_by: UUID


HOUSEHOLDS = table_of(Household)


class Member(SQLModel, table=True):
    """A person of a household, who stands in the register once: `workflows.identity.key_of`."""

    household_id: UUID = Field(primary_key=True, foreign_key="household.id")
    number: int = Field(primary_key=True)
    id: UUID
    name: str
    relation: str = Field(sa_type=CODE)
    document_type: DocumentType = Field(
        default=DocumentType.RESIDENT_IDENTITY, sa_type=coded(DocumentType)
    )
    id_number_sealed: str
    id_number_index: str = Field(unique=True)


def masked_telephone(household: Household, vault: Vault) -> str | None:
    if household.telephone_sealed is None:
        return None
    number = vault.unseal(household.telephone_sealed, TELEPHONE, household.id)
    return masked(number, first=3, last=2)
