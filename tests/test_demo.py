"""`dixian demo`: the sample cases over HTTP. A wrong answer of the service fails it.

Real sockets and real processes here: the demonstration is what a visitor starts first.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.cells import cell_len
from rich.console import Console

from service import demo, sample
from service.main import create_app
from service.workflows.policy import POLICIES
from service.workflows.rulebook import Rulebook

SERVE_ON = """
import signal, sys
from rich.console import Console
from service import demo
from service.main import create_app
demo.story.play = demo.story.look_back = lambda people: None  # told above; here it is the end
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the runner left it at
sys.exit(demo.run(create_app, exit_after=False, port=int(sys.argv[1]), out=Console()))
"""


def played(create=create_app) -> tuple[int, str]:
    """Play the story to its end; return the status and what was written."""
    written = StringIO()
    status = demo.run(create, exit_after=True, out=Console(file=written))
    return status, written.getvalue()


@pytest.fixture(scope="module")
def told() -> Iterator[str]:
    """Play the story once, where the environment names another database."""
    with pytest.MonkeyPatch.context() as environment, tempfile.TemporaryDirectory() as elsewhere:
        environment.setenv("DIXIAN_DATABASE_URL", f"sqlite:///{elsewhere}/named.db")
        status, text = played()
        assert status == 0, text[-2000:]
        assert list(Path(elsewhere).iterdir()) == []
        yield text


def test_the_early_conclusion_is_refused_with_its_provision_and_date(told):
    assert "[TG-P04 TG-D01] ≥ 2021-06-19" in told


def test_the_date_is_explained_day_by_day_over_the_holiday(told):
    days = ["2021-06-11 1", "2021-06-14 –", "2021-06-15 2", "2021-06-18 5"]

    lines = [" ".join(line.split()[:2]) for line in told.splitlines()]

    assert [line for line in lines if line in days] == days


@pytest.mark.parametrize(
    "refusal",
    [
        "[TG-P01] 承诺和授权查询书须按申请人本人手印",
        "[TG-P03] 村级评议缺少参会方",
        "[TG-P06] 异议尚未处理",
        "[TG-C05] 决定（不予纳入）",
        "[TG-H06] 应先在原单位（示例单位）内调整",
        "[TG-E01] 消除条件未达到：收入持续稳定",
        "[DX-04] 已逾期6天",
        "[TG-S01] 尚未部署",
        "[TG-S05 TG-S03 TG-A02] 四项清单未填齐：责任人",
        "[DX-42]",
        "404 not_found",
        "412 stale_version",
        "Idempotency-Replayed: true",
    ],
)
def test_every_refusal_of_the_story_is_shown(told, refusal):
    assert refusal in told


def test_the_help_the_end_of_the_risk_and_its_return_are_shown_in_their_order(told):
    life = [
        "制定帮扶方案 agree the plan of assistance  [TG-H01]",
        "登记走访 record a visit  [TG-P11]",
        "登记措施进展和成效 record a measure's progress  [TG-H01]",
        "消除回退，继续帮扶 roll the elimination back  [TG-E05]",
        "income_stable ✓ · guarantees_consolidated ✓ · risk_gone ✓",
        "→ 风险已消除 risk eliminated",
        "第2次纳入，上次为案A episode 2 of the household; the last was case A",
    ]

    assert [told.index(line) for line in life] == sorted(told.index(line) for line in life)


def test_a_campaign_is_played_from_its_draft_over_forms_and_problems_to_its_conclusion(told):
    way = [
        "K ✓  拟定排查行动",
        "K ✓  启动 start",
        "g ✓  提交排查表",
        "v ✓  审核通过排查表",
        "随之立案 opened by this: P",
        "随之立案 opened by this: G → 待签承诺授权",
        "Q ✓  申请销号",
        "Q ✓  销号",
        "R ✓  起草",
        "附件4 集中排查整改情况汇总表",
        "K ✓  总结",
    ]

    found = [told.index(line) for line in way]
    assert found == sorted(found)


def test_the_roll_up_is_the_document_s_annex_4_and_found_is_the_sum_in_every_row(told):
    lines = told[told.index("附件4 ") :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("桃沟乡"))
    rows = [line.split() for line in lines[start : start + 13]]

    assert len(rows) == 13
    assert rows[0][:3] == ["桃沟乡", "“三保障”和饮水安全", "义务教育"]
    assert rows[3] == ["安全饮水", "1", "0", "1"]
    assert rows[6] == ["脱贫人口就业", "1", "1", "0"]
    assert rows[-1] == ["合计", "2", "1", "1", "1", "1"]
    for row in rows[:-1]:
        found, rectified, in_progress = map(int, row[-3:])
        assert found == rectified + in_progress


def test_a_forgotten_case_climbs_its_ladder_from_the_village_to_the_county(told):
    ladder = [
        "即将到期 due soon → village_committee：",
        "已逾期 overdue → village_committee：",
        "已逾期 overdue → township_office：",
        "已逾期 overdue → county_bureau：",
    ]

    assert [told.count(line) for line in ladder] == [1, 1, 1, 1]
    assert [told.index(line) for line in ladder] == sorted(told.index(line) for line in ladder)


def test_it_ends_with_what_is_overdue_the_history_and_whole_chains(told):
    ending = told[told.rindex("GET /v1/deadlines?state=overdue") :]

    assert ending.index("overdue") < ending.index("history of case A") < ending.index("verified")
    assert "18 cases, 101 lines, 0 flaws" in ending


def test_at_the_end_an_auditor_verifies_an_export_and_finds_the_byte_that_is_other(told):
    ending = told[told.rindex("log exported") :]

    assert ending.index("完整且未被改动 complete and unchanged") < ending.index("one byte changed")
    line = ending.split("one byte changed: ")[1].splitlines()[0]
    assert f"{line}: 此行内容被改动 line_changed" in ending
    assert told.splitlines()[-1].endswith(f"the verifier names: {line}")


def test_nothing_went_wrong_and_no_log_line_is_in_between(told):
    assert not [word for word in ("500", "Traceback", "answered", "None") if word in told]


def test_no_line_is_wider_than_100_columns(told):
    assert max(cell_len(line) for line in told.splitlines()) <= 100


def test_a_service_that_answers_otherwise_fails_it(tmp_path):
    """A document with a shorter minimum: the refusal on 15 June comes with another date."""
    shutil.copytree(POLICIES, tmp_path, dirs_exist_ok=True)
    document = tmp_path / "taogou-2021.toml"
    text = document.read_text(encoding="utf-8")
    assert text.count("amount = 5") == 1
    document.write_text(text.replace("amount = 5", "amount = 4"), encoding="utf-8")

    status, told = played(lambda settings, clock: create_app(settings, clock, Rulebook(tmp_path)))

    assert status == 1
    assert "not as expected: A: conclude the publicity, refused" in told
    assert "expected: ('too_early TG-P04 TG-D01 2021-06-19'" in told
    assert "came: ('too_early TG-P04 TG-D01 2021-06-18'" in told


def test_a_taken_port_is_one_line_and_status_1(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status = demo.run(create_app, exit_after=False, port=port, out=Console(file=StringIO()))

    assert status == 1
    error = capsys.readouterr().err
    assert error.startswith(f"dixian demo: cannot listen on 127.0.0.1:{port}: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_on_until_it_is_stopped_and_leaves_nothing_behind(tmp_path, stop):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-c", SERVE_ON, str(port)],
        env=os.environ
        | {"TMPDIR": str(tmp_path), "PYTHONUTF8": "1", "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        told = []
        for line in process.stdout:
            told.append(line)
            if "Ctrl-C" in line:
                break
        body = {"username": "county", "password": sample.PASSWORD}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            docs, signed_in = http.get("/docs"), http.post("/v1/session", json=body)
        process.send_signal(stop)
        rest = process.stdout.read()

    assert (docs.status_code, signed_in.status_code) == (200, 201)
    assert (process.returncode, rest) == (0, "")
    ending = "".join(told[-5:])
    assert f"http://127.0.0.1:{port}/docs" in ending
    assert "village" in ending
    assert sample.PASSWORD in ending
    assert "2021-06-03" in ending
    assert list(tmp_path.iterdir()) == []
