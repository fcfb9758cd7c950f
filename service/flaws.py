"""What may be wrong with a workbook that is imported, and with a row of it."""

from service.codes import Label

WORKBOOK_FLAWS: dict[str, Label] = {
    "workbook_name": Label(
        zh="文件名须以 .xlsx 结尾，而不是 {have}",
        en="The file's name must end with .xlsx, not {have}.",
    ),
    "workbook_not_xlsx": Label(
        zh="文件内容不是 Excel 工作簿（.xlsx），请用 Excel 或 WPS 另存为 .xlsx",
        en="The content is no Excel workbook: save it as .xlsx.",
    ),
    "workbook_old": Label(
        zh="这是旧格式（.xls）工作簿，请另存为 .xlsx",
        en="This is a workbook of the old kind (.xls): save it as .xlsx.",
    ),
    "workbook_encrypted": Label(
        zh="工作簿已加密，请去掉打开密码后再导入",
        en="The workbook is encrypted: take its password off.",
    ),
    "workbook_macros": Label(
        zh="工作簿含有宏（{have}），请另存为不含宏的 .xlsx",
        en="The workbook holds macros ({have}): save it as .xlsx without them.",
    ),
    "workbook_external": Label(
        zh="工作簿含有外部链接或嵌入对象（{have}），请断开链接、粘贴为数值后再导入",
        en="The workbook links to, or embeds, something else ({have}): break the links.",
    ),
    "workbook_damaged": Label(
        zh="工作簿已损坏或不合规范（{have}），请用 Excel 或 WPS 打开后重新保存",
        en="The workbook is damaged or not well-formed ({have}): open it and save it again.",
    ),
    "workbook_too_large": Label(
        zh="工作簿解压后过大（{have}，上限 {need}），请拆分后导入",
        en="Unpacked, the workbook is too large ({have}, at most {need}): divide it.",
    ),
    "workbook_too_many_sheets": Label(
        zh="工作表过多（{have}，上限 {need}）", en="Too many sheets ({have}, at most {need})."
    ),
    "workbook_too_many_rows": Label(
        zh="行数超过上限 {need}，请拆分后导入", en="More than {need} rows: divide the workbook."
    ),
    "workbook_too_many_columns": Label(
        zh="第 {have} 列有内容，超过上限 {need} 列",
        en="Column {have} holds something; at most {need} columns are read.",
    ),
    "heading_missing": Label(
        zh="前 {have} 行内没有找到表头；缺少：{need}",
        en="No heading within the first {have} rows; missing: {need}.",
    ),
    "heading_twice": Label(zh="表头重复：{have}", en="Columns with the same heading: {have}."),
    "sheets_alike": Label(
        zh="多个工作表都有此表头（{have}），请合并为一个工作表",
        en="Several sheets have these headings ({have}): put the rows into one sheet.",
    ),
}
"""What keeps a workbook from being read at all."""

CELL_FLAWS: dict[str, Label] = {
    "cell_formula": Label(
        zh="单元格是公式，系统不计算公式；请粘贴为数值",
        en="The cell is a formula, and none is evaluated: paste its value.",
    ),
    "cell_error": Label(zh="单元格是错误值 {have}", en="The cell shows an error, {have}."),
    "digits_lost": Label(
        zh="{have} 已被 Excel 当作数字，末几位丢失；请将该列设为文本格式后重新填写号码",
        en="{have} was turned into a number and lost digits: format the column as text, then"
        " enter the number again.",
    ),
    "value_missing": Label(zh="须填写", en="This must be filled in."),
    "value_unfit": Label(zh="{have} 不符合要求：{need}", en="{have} does not fit: {need}."),
    "value_not_listed": Label(
        zh="{have} 不在可填范围：{need}", en="{have} is not listed; these are: {need}."
    ),
    "value_conflicts": Label(
        zh="{have} 与同一户的第 {need} 行不一致",
        en="{have} differs from row {need} of the same household.",
    ),
}
"""What may be wrong with a cell, in whatever layout."""

IMPORT_FLAWS: dict[str, Label] = {
    "rows_refused_now": Label(
        zh="校验后情况有变，出现不能导入的行，未写入任何内容；请查看最新报告",
        en="Since it was validated, rows came to be refused; nothing was written: see the report.",
    ),
    "register_changed": Label(
        zh="提交时他人正在登记相同的人，未写入任何内容；请再次提交",
        en="Somebody registered the same persons at this moment; nothing was written: try again.",
    ),
    "import_failed": Label(
        zh="处理意外中断，未写入任何内容；请再试，仍不成功请联系管理员",
        en="The work broke off, and nothing was written: try again, or ask the operator.",
    ),
}
"""Why a validation or a commit came to nothing."""

HOUSEHOLD_FLAWS: dict[str, Label] = {
    "household_scattered": Label(
        zh="同一户的各行须相连（该户已见于第 {need} 行），请按户编号排序",
        en="The rows of one household stand together (row {need} has it too): sort by its number.",
    ),
    "household_unknown": Label(
        zh="辖区内没有该编号的户", en="No household of your area has this number."
    ),
    "village_unknown": Label(
        zh="{have} 不是您辖区内的村，请填村名或12位代码",
        en="{have} is no village of your area: give its name or its 12-digit code.",
    ),
    "village_ambiguous": Label(
        zh="有多个村叫 {have}，请填12位代码",
        en="Several villages are called {have}: give the 12-digit code.",
    ),
    "village_differs": Label(
        zh="该户登记在其他村；迁移不能通过导入办理",
        en="The household is registered in another village: an import moves nobody.",
    ),
    "no_document_here": Label(
        zh="该村没有生效的办理文件", en="No document is in force in this village."
    ),
    "not_yours_to_register": Label(
        zh="按该村办理文件，登记农户不属于您的职责",
        en="Under the document of this village it is not for your role to register households.",
    ),
    "head_not_one": Label(
        zh="每户须有且只有一名户主，本户有 {have} 名",
        en="A household has one head; this one has {have}.",
    ),
    "head_differs": Label(
        zh="户主姓名与本户中关系为“户主”的成员不一致",
        en="This is not the name of the member who is the head.",
    ),
    "members_too_many": Label(
        zh="每户至多 {need} 人，本户有 {have} 人",
        en="A household has at most {need} members; this one has {have}.",
    ),
    "person_twice": Label(
        zh="该证件号码已见于第 {need} 行", en="Row {need} has this person's number too."
    ),
    "person_registered": Label(
        zh="该证件号码已登记在其他户，请先核对",
        en="This number is registered in another household: check first.",
    ),
    "member_differs": Label(
        zh="与登记不一致（登记为 {need}）；成员信息不能通过导入修改",
        en="The register has {need}; an import does not change who a person is.",
    ),
    "member_unknown": Label(
        zh="证件号码未完整填写，且登记中没有该成员，无法对应",
        en="The number is not written out, and the register has no such member.",
    ),
    "id_number_unfit": Label(
        zh="{have} 不是有效的证件号码：身份证18位、残疾人证20或22位，校验码须相符；"
        "其他证件请注明证件类型",
        en="{have} is no valid number: 18 characters of an identity card, 20 or 22 of a disability"
        " certificate, with the check character; name the type of any other document.",
    ),
    "open_case_holds": Label(
        zh="该户有在办或在册监测事项，户类型和户情特征不能通过导入修改",
        en="The household has an open case: an import changes neither its type nor its traits.",
    ),
    "household_refused": Label(
        zh="同一户的第 {need} 行不能导入，整户不导入",
        en="Row {need} of the same household is refused, and so is the whole of it.",
    ),
    "telephone_shared": Label(
        zh="疑似重复：另有 {need} 户使用同一电话",
        en="Possibly a duplicate: {need} other household(s) have this telephone.",
    ),
    "head_name_shared": Label(
        zh="疑似重复：同乡镇另有 {need} 户户主同名",
        en="Possibly a duplicate: {need} other head(s) in the township have this name.",
    ),
    "members_not_listed": Label(
        zh="登记中另有 {need} 名成员不在文件内，保持不变",
        en="{need} registered member(s) are not in the file; they stay.",
    ),
}
"""What may be wrong, or is to be looked at, with a household of a file."""

COMPARISON_FLAWS: dict[str, Label] = {
    "listed_twice": Label(
        zh="同一人同一部门同一比对项已见于第 {need} 行",
        en="Row {need} has the same person, department and field.",
    ),
    "person_unknown": Label(
        zh="辖区登记册中没有此人；已保留名单，登记后自动对应",
        en="Nobody of your area's register; the row is kept, and matched once they are.",
    ),
    "name_differs": Label(
        zh="姓名与登记不一致，请核对（对应户 {need}）",
        en="The register has another name: check (household {need}).",
    ),
    "comparison_awaited": Label(
        zh="该户的监测事项正待登记比对结果（对应户 {need}）",
        en="The household's case waits for its comparison (household {need}).",
    ),
    "risk_clue": Label(
        zh="该户没有在办监测事项，比对有出入，可作为风险线索核实（对应户 {need}）",
        en="The household has no open case and the data differ: a clue to look into"
        " (household {need}).",
    ),
}
"""What is told of a row of a department's list."""

PROBLEM_FLAWS: dict[str, Label] = {
    "head_unknown": Label(
        zh="该村登记的农户中没有户主 {have}", en="No household of this village has the head {have}."
    ),
    "head_ambiguous": Label(
        zh="该村有多户户主叫 {have}，请在系统中逐条登记",
        en="Several households of this village have the head {have}: report the problem by itself.",
    ),
    "level_of_another_unit": Label(
        zh="{need} 不是 {have} 的单位，请填所在单位",
        en="{need} is no unit of {have}: say whose problem it is.",
    ),
    "problem_unknown": Label(
        zh="该单位的台账没有编号为 {have} 的问题", en="This unit's ledger has no problem {have}."
    ),
    "problem_past_assigning": Label(
        zh="该问题已申请销号或已办结，整改措施、责任和时限不能再改",
        en="The problem is submitted or closed: its lists can no longer be changed.",
    ),
    "lists_to_come": Label(
        zh="已按发现的问题登记；四项清单还缺 {need}，补全后方可开始整改",
        en="Taken in as found; {need} is to be assigned before the work can begin.",
    ),
    "problem_stays": Label(
        zh="问题类型和具体内容不随台账修改，保持原登记；确有错误请作废后重新登记",
        en="An import changes neither type nor content of a problem: void it and report it anew.",
    ),
    "result_not_taken_over": Label(
        zh="整改成效不随台账导入：须逐条附佐证材料申请销号、核实",
        en="A result is not imported: each problem is submitted with its evidence, and verified.",
    ),
}
"""What is told of a row of a ledger of problems."""

LEDGER_FLAWS: dict[str, Label] = {
    "row_of_another": Label(
        zh="该编号属于 {need}，与本行的 {have} 不一致",
        en="This number is of {need}, not of {have}.",
    ),
    "signed_by_another": Label(
        zh="签字人是{have}：只能导入本人入户、本人签字的排查表，不得代填、批量填报",
        en="Signed by {have}: nobody brings in a form but who made the visit and signed it.",
    ),
    "role_unknown": Label(
        zh="{have} 须写成“姓名（职责）”，职责为：{need}",
        en="Write {have} as name (role), with a role of: {need}.",
    ),
    "campaign_unknown": Label(
        zh="没有您可填报的这次排查行动，或辖区内有多次；请填排查行动编号",
        en="No such campaign of yours, or several: give its number.",
    ),
    "checklist_unknown": Label(
        zh="该地办理文件没有此入户排查表", en="The document has no such form for households."
    ),
    "row_repeats": Label(
        zh="该户的措施已见于前面的行；同一户的各行须相连，请按户排序",
        en="The household's measures stood before: the rows of one household stand together.",
    ),
    "case_unknown": Label(
        zh="辖区内没有编号为 {have} 的监测对象", en="Your area has no monitoring object {have}."
    ),
    "case_says_otherwise": Label(
        zh="该对象已在办，登记为 {need}；花名册不改变已登记的风险，请在系统中办理",
        en="The object is open with {need}: a register does not change what was registered.",
    ),
    "no_open_case": Label(
        zh="该户没有在办或在册的监测对象，不能登记措施",
        en="The household is no monitoring object: no measures can be agreed.",
    ),
    "helper_not_taken_over": Label(
        zh="包抓干部不随台账导入（登记为 {need}），请在系统中安排",
        en="A responsible cadre is not imported (registered: {need}): assign one.",
    ),
    "size_differs": Label(
        zh="家庭人口与登记的 {need} 人不一致，请核对登记册",
        en="The register has {need} persons: check it.",
    ),
    "number_unknown": Label(
        zh="辖区登记册中没有此证件号码，请先登记该户",
        en="Nobody of your area's register has this number: register the household first.",
    ),
    "act_refused": Label(zh="不能办理：{have}", en="The act is refused: {have}."),
}
"""What is told of a row of any ledger."""

FLAWS = (
    WORKBOOK_FLAWS
    | CELL_FLAWS
    | IMPORT_FLAWS
    | HOUSEHOLD_FLAWS
    | COMPARISON_FLAWS
    | PROBLEM_FLAWS
    | LEDGER_FLAWS
)
"""Every code a finding of an import may have."""
