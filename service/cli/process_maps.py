"""`dixian audit map`: how the cases of a document really went, as JSON and as a picture."""

from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from service.api.process_maps import ProcessMapOut, told
from service.cli.common import Failed, out, the_database
from service.process_map.counting import Asked, count
from service.process_map.picture import svg
from service.store.areas import Area
from service.store.policies import take_in
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook


def process_map(
    policy: Annotated[str, typer.Argument(help="A version of a document: taogou-2021@1.")],
    folder: Path,
    kind: Annotated[Kind, typer.Option(help="The kind of case.")] = Kind.MONITORING_OBJECT,
    area: Annotated[str | None, typer.Option(help="An area's code; default: all.")] = None,
) -> None:
    """Count stays, ways, variants and rework; write process-map.json and process-map.svg."""

    def work(session: Session) -> tuple[ProcessMapOut, str]:
        rulebook = Rulebook()
        take_in(session, rulebook)
        if policy not in rulebook or kind not in rulebook.pinned(policy).policy.kinds:
            raise Failed(f"There is no {policy} with {kind}.")
        top = select(Area.code).where(col(Area.parent_code).is_(None)).order_by(col(Area.code))
        where = area or session.exec(top.limit(1)).first() or ""
        procedure = rulebook.pinned(policy, kind)
        found = count(session, Asked(where, kind, policy))
        assert found is not None  # nobody bounded it
        return told(found, procedure, where), svg(found, procedure)

    shown, picture = the_database().transact_now(work, keep=False)
    folder.mkdir(parents=True, exist_ok=True)
    text = shown.model_dump_json(by_alias=True, indent=1)
    (folder / "process-map.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "process-map.svg").write_text(picture, encoding="utf-8")
    out.print(f"{shown.cases} case(s), {shown.variants_in_all} variant(s), in {folder}.")
