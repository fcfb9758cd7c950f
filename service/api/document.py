"""The OpenAPI document: what the framework finds, said in both languages, with examples."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api.problems import Problem, refusals
from service.errors import (
    BodyTooLarge,
    IdempotencyKeyMissing,
    IfMatchMissing,
    Malformed,
    NotReady,
    NotSignedIn,
    PositionNeeded,
    Refusal,
)

TITLE = "Dixian 底线"
SUMMARY = "Approval procedures that keep rural households from falling back into poverty."
DESCRIPTION = """\
Every case is an explicit state machine under one jurisdiction's document; legal time limits are
enforced and explained; every move leaves a line that can be verified.

* Sign in (`POST /v1/session`) and send the token. With several positions, choose one by
  `Dixian-Position`.
* `GET /v1/cases/{id}/actions` tells what you may do and, where not, why. Send the version you
  have seen as `If-Match`, and an `Idempotency-Key` with every POST that writes.
* Every refusal is a problem (RFC 9457) with a stable `code`; see `GET /v1/codes`.

每个事项都是一份文件下的显式状态机：法定期限由系统计算、说明并执行，每一步留痕且可核验。
先登录取得令牌；办理前用 actions 查看可办事项及原因；写操作带 `If-Match` 和 `Idempotency-Key`；
所有拒绝均为带固定 `code` 的 problem。
"""

CHINESE = {
    "alive": "存活检查",
    "ready": "就绪检查",
    "metrics": "运行指标",
    "signIn": "登录",
    "me": "我的身份和岗位",
    "listCodes": "代码表",
    "listPolicies": "现行文件",
    "publishPolicy": "发布文件版本",
    "putPolicyInForce": "指定施行文件",
    "migrateCases": "在办事项版本迁移",
    "getPolicy": "文件详情",
    "getMachine": "状态机",
    "listAreas": "辖区",
    "getArea": "地区详情",
    "getCalendar": "工作日历",
    "importCalendar": "导入工作日历",
    "countWorkingDays": "推算工作日",
    "registerHousehold": "登记农户",
    "listHouseholds": "查询农户",
    "getHousehold": "农户详情",
    "listDuplicates": "疑似重复农户",
    "judgeDuplicate": "认定是否重复",
    "uploadAttachment": "上传附件",
    "getAttachment": "读取附件",
    "uploadImport": "上传导入",
    "listImports": "查询导入",
    "getImport": "导入详情和报告",
    "getImportReport": "导入报告工作簿",
    "commitImport": "提交导入",
    "exportHouseholds": "导出农户名册",
    "exportProblems": "导出问题整改台账",
    "exportRiskHouseholds": "导出风险对象花名册",
    "exportMeasures": "导出帮扶措施台账",
    "exportInspectionForms": "导出入户排查表",
    "getComparisonList": "部门比对名单",
    "openMonitoringObject": "受理申请",
    "listMonitoringObjects": "查询监测对象",
    "getMonitoringObject": "监测对象详情",
    "reportProblem": "登记问题",
    "listRemediationItems": "问题整改台账",
    "getRemediationItem": "整改问题详情",
    "getDataQuality": "监测对象数据疑点",
    "getDataQualityWorkbook": "监测对象数据疑点（电子表格）",
    "getReport": "汇总表",
    "getReportWorkbook": "汇总表（电子表格）",
    "listActions": "可办事项及原因",
    "raiseEvent": "办理事项",
    "getHistory": "办理记录",
    "listNotices": "公示清单",
    "getNotice": "公示件",
    "getCaseDeadlines": "事项期限",
    "listDeadlines": "期限查询",
    "explainDeadline": "期限推算说明",
    "draftCampaign": "拟定排查行动",
    "listCampaigns": "查询排查行动",
    "getCampaign": "排查行动详情",
    "listRoster": "排查名单",
    "getCoverage": "排查覆盖情况",
    "suspendDeadline": "中止计时",
    "resumeDeadline": "恢复计时",
    "extendDeadline": "延长期限或申请延长",
    "decideExtension": "审批延长申请",
    "summariseDeadlines": "期限汇总",
    "rateDeadlines": "按期办结率",
    "exportDeadlinesCsv": "导出期限清单（CSV）",
    "exportDeadlinesXlsx": "导出期限清单（Excel）",
    "getCaseHolding": "各环节占用工作日",
    "summariseHolding": "各级占用工作日汇总",
    "urgeCase": "催办",
    "listDeliverables": "报送材料查询",
    "getDeliverable": "报送材料详情",
    "planSupervision": "安排督查",
    "listSupervisions": "督查查询",
    "getSupervision": "督查详情",
    "listSanctions": "通报和问责查询",
    "fileInspectionForm": "提交排查表",
    "listInspectionForms": "查询排查表",
    "getInspectionForm": "排查表详情",
    "getBlankForm": "待填排查表",
    "listFindings": "发现问题查询",
    "listTodo": "待办",
    "listMyNotices": "我的通知",
    "acknowledgeNotice": "通知签收",
    "subscribe": "订阅通知",
    "listSubscriptions": "通知订阅查询",
    "rotateSecret": "更换订阅密钥",
    "pauseSubscription": "暂停订阅",
    "resumeSubscription": "恢复订阅",
    "deleteSubscription": "删除订阅",
    "listDeliveries": "通知送达查询",
    "replayDelivery": "重发通知",
    "getCheckpoint": "日志检查点",
    "proveInclusion": "日志包含证明",
    "proveConsistency": "日志一致性证明",
    "verifyCase": "核验一个事项的日志",
    "orderExport": "导出日志",
    "listExports": "查询日志导出",
    "getExport": "日志导出详情",
    "resumeExport": "续写日志导出",
    "downloadExport": "下载日志导出",
    "listTransitions": "办理日志查询",
    "listActs": "其他操作日志查询",
    "getProcessMap": "流程图（实际办理情况）",
    "getTimeline": "办理时间线",
    "findLineOfCode": "核验码查询",
    "eraseHousehold": "删除农户或成员个人信息",
}
"""Operation id -> its name in Chinese; every operation has one."""

EXAMPLES: dict[str, Any] = {
    "SignIn": {"username": "village", "password": "dixian-sample"},
    "HouseholdIn": {
        "area_code": "341302901201",
        "household_type": "ordinary",
        "group_name": "第一村民小组",
        "telephone": "19900000000",
        "members": [{"name": "张某", "relation": "head", "id_number": "999999197001010017"}],
    },
    "OpenMonitoringObject": {
        "household_id": "0179cf62-5a80-70fc-b24a-307373f34220",
        "channel": "self_application",
        "entry_point": "paper",
    },
    "WorkingDaysIn": {"start": "2021-06-10", "days": 5},
    "SignConsent": {
        "event": "sign_consent",
        "signed_on": "2021-06-03",
        "filled_by": "near_relative",
        "proxy_name": "李某",
        "signed": True,
        "fingerprint": True,
        "attachments": ["0179cf62-5a80-7480-a712-d0e5cc397eca"],
    },
    "ConcludeDeliberation": {
        "event": "conclude_deliberation",
        "held_on": "2021-06-04",
        "participants": 12,
        "opinion": "for",
    },
    "ConcludeReview": {
        "event": "conclude_review",
        "held_on": "2021-06-08",
        "attendance": [
            {"group": "village_committee", "present": 5},
            {"group": "resident_team", "present": 2},
            {"group": "supervision_committee", "present": 1},
            {"group": "villager_representatives", "present": 6},
        ],
        "object_type": "marginal",
        "facts": {
            "income": {"wages": "5200.00", "persons": 1},
            "at_risk": True,
            "income_stable": False,
            "guarantees": {"education": True, "medical": True, "housing": True, "water": True},
            "children_well_off": False,
        },
    },
    "FileInspectionForm": {
        "campaign_id": "0179f2a8-1c00-7a30-9a11-5d2c90a1b6aa",
        "household_id": "0179cf62-5a80-70fc-b24a-307373f34220",
        "checklist": "household_survey",
        "visited_on": "2021-06-11",
        "visitors": [{"name": "甲队员", "role": "resident_team"}],
        "answers": [{"item": "4.01", "has_problem": True, "text": "水量不足"}],
        "signed": True,
    },
    "PostPublicity": {"event": "post_publicity", "place": "村务公开栏"},
    "RecordComparison": {
        "event": "record_comparison",
        "findings": [
            {"department": "police", "field": "consumer_car", "verdict": "differs"},
            {"department": "market_registration", "field": "enterprise", "verdict": "agrees"},
            {"department": "taxation", "field": "tax_record", "verdict": "no_record"},
            {"department": "finance", "field": "financial_assets", "verdict": "not_provided"},
        ],
    },
    "ReturnCase": {
        "event": "return_case",
        "to": "village_review",
        "reason": "材料不全",
        "to_fix": ["补充收入证明"],
    },
}
"""Schema -> an example that the sample district takes (ids are made up)."""


def _header(name: str, told: str, *, required: bool, **schema: str) -> dict[str, Any]:
    form = {"type": "string", **schema}
    return {"name": name, "in": "header", "required": required, "description": told, "schema": form}


HEADERS = {
    IfMatchMissing.code: _header(
        "If-Match",
        'The version that was seen: `"<version>"` (ETag).',
        required=True,
        pattern=r'^"\d{1,9}"$',
    ),
    IdempotencyKeyMissing.code: _header(
        "Idempotency-Key",
        "8 to 128 visible characters; the same key and request get the same answer.",
        required=True,
        pattern=r"^[\x21-\x7e]{8,128}$",
    ),
    PositionNeeded.code: _header(
        "Dixian-Position",
        "Which of my positions acts, where I hold several.",
        required=False,
        format="uuid",
    ),
}
"""Code of the refusal for want of a header -> the header. The desk reads them (see there)."""


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once. Malformed requests are 400 problems, never 422."""
    if app.openapi_schema:
        return app.openapi_schema
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    _put_problem(found["components"]["schemas"])
    for name, example in EXAMPLES.items():
        found["components"]["schemas"][name]["examples"] = [example]
    for path, operations in found["paths"].items():
        for operation in operations.values():
            _put_right(operation, served=path.startswith("/v1/"))
    app.openapi_schema = found
    return found


def _put_problem(schemas: dict[str, Any]) -> None:
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)


def _put_right(operation: dict[str, Any], *, served: bool) -> None:
    """Name the operation in both languages; add the refusals that any operation may give."""
    operation["summary"] = f"{operation['summary']} {CHINESE[operation['operationId']]}"
    if "HTTPValidationError" in str(operation["responses"].get("422", {})):
        del operation["responses"]["422"]
    anywhere: list[type[Refusal]] = [Malformed, NotReady] if served else []
    anywhere += [NotSignedIn, PositionNeeded] if "security" in operation else []
    anywhere += [BodyTooLarge] if "requestBody" in operation else []
    for status, response in refusals(*anywhere).items():
        operation["responses"].setdefault(str(status), response)
    refused = str(operation["responses"])
    told = [header for code, header in HEADERS.items() if f"`{code}`" in refused]
    if told:
        operation["parameters"] = operation.get("parameters", []) + told
