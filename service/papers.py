"""A notice as it is put up: one page of HTML that needs nothing else, and the same as PDF.

Both show every word of the text that was hashed and the beginning of its hash, and nothing
more. The same notice is the same file every time.
"""

from collections.abc import Iterable, Iterator
from html import escape
from io import BytesIO
from string import Template

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from service.codes import Label
from service.errors import NotAcceptable
from service.workflows.monitoring.notice import Paper

MARK_LENGTH = 16
"""How much of the hash stands on the paper, in hexadecimal digits."""

PAGE = Template("""\
<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>$heading</title>
<style>
@page { size: A4; margin: 25mm }
body { max-width: 160mm; margin: 10mm auto; color: #000; background: #fff;
  font: 14pt/1.7 "SimSun", "Songti SC", "Noto Serif CJK SC", serif; overflow-wrap: anywhere }
h1 { font-size: 24pt; text-align: center; margin: 0 0 10mm }
table { width: 100%; border-collapse: collapse }
th, td { border: 0.5pt solid #000; padding: 2mm 3mm; text-align: left; vertical-align: top }
th { width: 38mm; font-weight: normal }
.remark { white-space: pre-wrap; margin: 8mm 0 }
footer { margin-top: 12mm; font-size: 10pt }
@media print { body { margin: 0 } }
</style>
</head>
<body>
<h1>$heading</h1>
<table>
$rows</table>
$remark<footer>$mark</footer>
</body>
</html>
""")


def mark(paper: Paper) -> str:
    """Return the line by which a paper on the board is found in the log."""
    return f"核验码（SHA-256）：{paper.sha256[:MARK_LENGTH]}"


def html(paper: Paper) -> bytes:
    """Return the notice as a page to be printed on A4."""
    rows = (
        f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>\n'
        for label, value in paper.rows
    )
    remark = f'<p class="remark">{escape(paper.remark)}</p>\n' if paper.remark else ""
    return PAGE.substitute(
        heading=escape(paper.heading), rows="".join(rows), remark=remark, mark=mark(paper)
    ).encode()


FONT = "STSong-Light"
"""Readers of PDF bring a font for it; the text is kept as Chinese text."""

EXTENSION_A = range(0x3400, 0x4DB6)

registerFont(UnicodeCIDFont(FONT))


def styled(size: float, **more: object) -> ParagraphStyle:
    style = {"fontName": FONT, "fontSize": size, "leading": size * 1.6, "wordWrap": "CJK", **more}
    return ParagraphStyle("", **style)


TITLE = styled(24, alignment=1, spaceAfter=10 * mm)
TEXT, SMALL = styled(14), styled(10)
GRID = (
    ("GRID", (0, 0), (-1, -1), 0.5, "black"),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2 * mm),
)


def pdf(paper: Paper) -> bytes:
    """Return the notice as PDF. Raises `NotAcceptable` for characters that its font lacks."""
    check_drawable(paper.text + paper.heading)
    return document(paper.heading, _flow(paper))


def document(heading: str, flow: Iterable[Flowable]) -> bytes:
    """Return a PDF of some paragraphs and tables: the same file for the same content."""
    written = BytesIO()
    margin = 25 * mm
    SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=heading,
        lang="zh-CN",
        invariant=1,  # no time of making, no random id
    ).build(list(flow))
    return written.getvalue()


def check_drawable(text: str) -> None:
    """Raise `NotAcceptable` for characters that the font of PDFs lacks."""
    if not all(map(_drawable, text)):
        raise NotAcceptable(
            Label(
                zh="含有 PDF 字体没有的生僻字，请打印 HTML 页面（Accept: text/html）",
                en="The PDF's font lacks a character of this: print the HTML page.",
            )
        )


def _drawable(character: str) -> bool:
    """Tell whether every reader's font has a character: those of GBK and of extension A."""
    if character.isspace() or ord(character) in EXTENSION_A:
        return True
    try:
        return bool(character.encode("gbk"))
    except UnicodeEncodeError:
        return False


def _flow(paper: Paper) -> Iterator[Flowable]:
    yield paragraph(paper.heading, TITLE)
    if paper.rows:
        rows = [[paragraph(part, TEXT) for part in row] for row in paper.rows]
        yield Table(rows, colWidths=(38 * mm, 122 * mm), style=GRID, splitInRow=1)
    yield Spacer(1, 8 * mm)
    for line in (paper.remark or "").split("\n"):
        yield paragraph(line, TEXT)
    yield Spacer(1, 8 * mm)
    yield paragraph(mark(paper), SMALL)


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a text as it is, whatever marks stand in it."""
    return Paragraph(escape(text, quote=False), style)
