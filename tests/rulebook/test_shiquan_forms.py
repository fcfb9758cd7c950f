"""Shiquan (SQ): the register of annex 1 and the ledger of annex 2, each month."""

from filled import DOCUMENTS

POLICY = DOCUMENTS["shiquan-2020"]
ROSTER, LEDGER = POLICY.ledgers
SHARED = ["镇", "村", "户主姓名", "户主证件号码", "家庭人口", "脱贫年度", "返贫风险类型"]


def test_sq_p01_the_register_has_the_columns_of_annex_1():
    columns = [column.zh for column in ROSTER.columns]

    assert columns == ["序号", *SHARED, "详细原因", "包抓干部"]
    assert (ROSTER.annex, ROSTER.lines, ROSTER.monthly) == ("附件1", "households", True)


def test_sq_p01_a_column_that_cannot_be_read_for_certain_is_marked():
    assert [column.zh for column in ROSTER.columns if column.interpretation] == ["序号"]


def test_sq_h01_the_ledger_has_the_columns_of_annex_2():
    columns = [column.zh for column in LEDGER.columns]

    assert columns == [*SHARED, "制定的帮扶措施", "完成时限", "包抓干部"]
    assert (LEDGER.annex, LEDGER.lines, LEDGER.monthly) == ("附件2", "measures", True)


def test_sq_c01_where_a_household_was_never_poor_there_is_no_year():
    for ledger in POLICY.ledgers:
        [year] = [column for column in ledger.columns if column.code == "lifted_out_year"]
        assert (year.otherwise, year.cite) == ("非贫困户", "SQ-C01")


def test_sq_c03_a_risk_is_one_of_the_six_types():
    for ledger in POLICY.ledgers:
        [risk] = [column for column in ledger.columns if column.code == "risk_type"]
        assert risk.cite == "SQ-C03"
        assert len(POLICY.lists[risk.list]) == 6


def test_sq_p01_the_monthly_inspection_asks_for_a_risk_of_poverty_and_no_more():
    [inspection] = POLICY.checklists
    [risk] = inspection.items.values()

    assert (risk.list, inspection.leads_to(risk)) == ("risk_types", "clue")
    assert inspection.rule("no_form_when_clean").cite == "SQ-P01"


def test_the_document_has_no_table():
    assert POLICY.rollups == ()
