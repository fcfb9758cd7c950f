// Files read line by line, and the tables of an export, CSV and XES: for dixian_verify.mjs, beside which it lies.
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

export function* chunksOf(path, chunk = Buffer.alloc(1 << 20)) {
  const file = openSync(path);
  for (let read; (read = readSync(file, chunk)) > 0; ) yield chunk.subarray(0, read);
  closeSync(file);
}
export function* linesOf(path) { // by the line feed alone: whatever else ends a line elsewhere is text here
  let kept = Buffer.alloc(0), start = 0;
  for (const chunk of chunksOf(path)) {
    [kept, start] = [Buffer.concat([kept.subarray(start), chunk]), 0];
    for (let end; (end = kept.indexOf(10, start)) >= 0; start = end + 1) yield kept.subarray(start, end);
  }
  if (kept.length > start) yield kept.subarray(start);
}

const COLUMNS = "index line_kind subject seq event from to at device_time person position role area policy kind round prev hash".split(" ");
const IN_XES = { "concept:name": "event", "time:timestamp": "at", "org:resource": "person", "org:role": "role", "org:group": "area" };
const NUMBERS = ["index", "seq", "round"], TABLES = { csv: [csvRows, 1, () => true], xes: [xesRows, 0, (kind) => kind === "transition"] };

export const tablesOf = (names) => Object.entries(TABLES) // those that there are: [files, how they are read, lines above the rows, kinds they hold]
  .map(([suffix, how]) => [names.filter((name) => /^transitions(-\d{6})?\./.test(name) && name.endsWith(`.${suffix}`)), ...how])
  .filter(([files]) => files.length);

const hashOf = (cells) => createHash("sha256").update(cells.join("\x1f")).digest("base64");
const cellOf = (value, name) => (NUMBERS.includes(name) ? Number.isSafeInteger(value) : typeof value === "string") ? `${value}` : "";
export const rowOf = (said) => hashOf(COLUMNS.map((name) => cellOf(said[name], name)));

export function verifyTable([files, rowsOf, above, isMeant], rows, place, damage) { // rows: leaf -> [hash of its row, kind]; no hash where the line is damaged itself
  const there = new Set();
  for (const file of files) {
    let number = above;
    for (const told of rowsOf(place(file))) {
      const index = /^\d{1,15}$/.test(told.index) ? Number(told.index) : -1, [row] = rows.get(index) ?? [];
      number += 1;
      if (row === undefined || there.has(index) || (row && row !== hashOf(COLUMNS.map((name) => told[name] ?? "")))) damage(file, number, "row_differs");
      if (row !== undefined) there.add(index);
    }
  }
  if ([...rows.values()].filter(([, kind]) => isMeant(kind)).length > there.size) damage(files.at(-1), null, "row_missing");
}

function* csvRows(path) { // a cell that an apostrophe keeps from being a formula is told without it
  const cell = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/gy, text = readFileSync(path, "utf8").slice(1);
  for (let row = [], isHead = true, one; cell.lastIndex < text.length && (one = cell.exec(text)); ) {
    row.push(one[1].replace(/^"|"$/g, "").replaceAll('""', '"').replace(/^'(?=[=+\-@\t\r])/, ""));
    if (one[2] === ",") continue;
    if (!isHead) yield row.length === COLUMNS.length ? Object.fromEntries(COLUMNS.map((name, at) => [name, row[at]])) : {};
    [row, isHead] = [[], false];
  }
}

function* xesRows(path) { // an event is a line, as is the beginning of a trace
  const names = { lt: "<", gt: ">", quot: '"', amp: "&" };
  const plain = (text) => text.replace(/&(lt|gt|quot|amp|#\d+);/g, (_, name) => names[name] ?? String.fromCodePoint(Number(name.slice(1))));
  let subject = "";
  for (const content of linesOf(path)) {
    const line = content.toString();
    const told = [...line.matchAll(/ key="([^"]*)" value=(?:"([^"]*)"|'([^']*)')/g)].map(([, key, one, other]) => [IN_XES[key] ?? key, plain(one ?? other)]);
    if (line.startsWith("<trace>")) subject = told[0]?.[1];
    else if (line.startsWith("<event>")) yield { subject, ...Object.fromEntries(told) };
  }
}
