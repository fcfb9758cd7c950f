#!/usr/bin/env node
// A second verifier of a Dixian export, for Node alone, written apart from dixian_verify.py:
//   node dixian_verify.mjs FOLDER --key KEY [--checkpoint FILE|FOLDER] [--proof FILE] [--attachments FOLDER]
// It prints JSON, and leaves with 0 (fine), 1 (damaged) or 2 (cannot be told).
process.on("uncaughtException", ({ message }) => { console.error(message); process.exit(2); });
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { chunksOf, linesOf, rowOf, tablesOf, verifyTable } from "./dixian_tables.mjs";

const [LINES, PROOF, CASES, MANIFEST] = ["lines.jsonl", "proof.txt", "cases.jsonl", "manifest.json"], SLACK = 3600, NOTE = 1, TIMED = 4;
const options = Object.fromEntries(["key", "checkpoint", "proof", "attachments"].map((name) => [name, { type: "string", multiple: true, default: [] }]));
const { values: asked, positionals: [given] } = parseArgs({ allowPositionals: true, options });
const damages = [], unproven = [], damage = (file, line, kind) => damages.push({ file, line, kind });
const fail = (what) => { throw new Error(what); }, attempt = (work) => { try { return work(); } catch { return undefined; } };

// -- hashes, trees, proofs
const digest = (name, ...parts) => parts.reduce((hash, part) => hash.update(part), createHash(name)).digest();
const leafOf = (kind, line) => digest(hashName, Buffer.of(0), `${kind}\n`, line);
const nodeOf = (left, right) => digest(hashName, Buffer.of(1), left, right);
const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };
const from64 = (text) => { const raw = Buffer.from(text, "base64"); return raw.toString("base64") === text ? raw : fail("not base64"); };
const rootOf = (peaks) => peaks.length ? peaks.map((peak) => peak[1]).reduceRight((right, left) => nodeOf(left, right)) : digest(hashName);
const addLeaf = (peaks, peak) => // peaks: complete subtrees [leaves, hash], the largest first
  peaks.at(-1)?.[0] === peak[0] ? addLeaf(peaks, [2 * peak[0], nodeOf(peaks.pop()[1], peak[1])]) : peaks.push(peak);
function rootOfSome(size, leaves, others) {
  let next = leaves.next();
  const root = (start, end) => {
    if (next.done || next.value[0] >= end) return others.next().value ?? fail("too few hashes");
    if (end - start === 1) { const leaf = next.value[1]; next = leaves.next(); return leaf; }
    const middle = start + split(end - start);
    return nodeOf(root(start, middle), root(middle, end));
  };
  const whole = size ? root(0, size) : digest(hashName);
  return next.done && others.next().done ? whole : fail("too many hashes");
}
function grew(old, size, proof) { // RFC 6962, 2.1.2, walked from the top: the proof ends with what is nearest to it
  if (old.size === size.size) return !proof.length && old.root.equals(size.root);
  const path = [...proof], take = () => path.pop() ?? fail("too short");
  const walk = (m, n, whole) => { // returns the roots of the first m of n leaves, and of all
    if (m === n) { const hash = whole ? old.root : take(); return [hash, hash]; }
    const k = split(n), other = take(), [a, b] = m <= k ? walk(m, k, whole) : walk(m - k, n - k, false);
    return m <= k ? [a, nodeOf(b, other)] : [nodeOf(other, a), nodeOf(other, b)];
  };
  const both = old.size ? attempt(() => walk(old.size, size.size, true)) : [digest(hashName), size.root];
  return !!both && !path.length && both[0].equals(old.root) && both[1].equals(size.root);
}

// -- keys and notes: C2SP signed-note, tlog-checkpoint, tlog-cosignature
function keyOf(vkey) {
  const [, name, id, material] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey.trim()) ?? fail("no key"), raw = from64(material);
  const idOf = (kind) => digest("sha256", `${name}\n`, Buffer.of(kind), raw.subarray(1)).subarray(0, 4);
  return raw.length === 33 && idOf(raw[0]).toString("hex") === id ? { name, raw: raw.subarray(1), id: idOf } : fail("no key");
}
const publicOf = (raw) => createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]), format: "der", type: "spki" });
const isSigned = ({ raw }, message, signature) => verify(null, Buffer.from(message), publicOf(raw), signature);
function checkpointOf(content) {
  const cut = content.lastIndexOf("\n\n"), text = content.slice(0, cut + 1), lines = content.slice(cut + 2).split("\n");
  const [origin, size, root] = text.split("\n");
  if (cut < 0 || lines.pop() !== "" || !/^(0|[1-9]\d{0,17})$/.test(size) || from64(root).length !== 32) fail("no checkpoint");
  const signatures = lines.map((line) => /^— (\S+) (\S+)$/.exec(line) ?? fail("no signature")).map(([, name, raw]) => [name, from64(raw)]);
  const of = (key, kind) => signatures.filter(([name, raw]) => name === key.name && raw.subarray(0, 4).equals(key.id(kind))).map(([, raw]) => raw.subarray(4));
  return {
    origin, size: Number(size), root: from64(root),
    signedBy: (key) => of(key, NOTE).length > 0 && of(key, NOTE).every((one) => isSigned(key, text, one)),
    seenAt: (key) => of(key, TIMED).map((one) => [one.readBigUInt64BE(), one.subarray(8)])
      .filter(([at, one]) => isSigned(key, `cosignature/v1\ntime ${at}\n${text}`, one)).map(([at]) => Number(at)),
  };
}

// -- files
const sha256Of = (path) => { const hash = createHash("sha256"); for (const chunk of chunksOf(path)) hash.update(chunk); return hash.digest("hex"); };
const below = (path) => !existsSync(path) ? [] : !statSync(path).isDirectory() ? [path] : readdirSync(path).filter((name) => !name.startsWith(".")).sort().flatMap((name) => below(join(path, name)));
const parsed = (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
const place = (name) => join(given, name);

// -- the verification
const keys = asked.key.map((key) => keyOf(key.includes("+") ? key : readFileSync(key, "utf8")));
const seen = asked.checkpoint.flatMap(below).map((where) => ({ where, ...checkpointOf(readFileSync(where, "utf8")) })).sort((a, b) => a.size - b.size);
const manifest = attempt(() => parsed(readFileSync(place(MANIFEST))));
const own = manifest?.format === "dixian-export/1" ? attempt(() => checkpointOf(manifest.checkpoint)) : undefined;
const whole = manifest?.whole === true, papersIn = asked.attachments[0] ?? (manifest?.attachments === true ? given : undefined), chains = new Map(), papers = new Map(), erased = new Set(), keyLines = [], roots = new Map();
const written = (seconds) => attempt(() => new Date(seconds * 1000).toISOString().replace("Z", "000Z")) ?? "";
const floors = (own ? [own, ...seen] : []).filter((one) => one.origin === own.origin).flatMap((one) => keys.flatMap(one.seenAt).map((at) => [one.size, written(at - SLACK)])).sort((a, b) => a[0] - b[0]);
let hashName = "sha256", count = 0, torn = false, odd = false, floor = "";
const inside = existsSync(given) ? readdirSync(given).sort() : [], parts = inside.filter((name) => /^lines(-\d{6})?\.jsonl$/.test(name));
const tables = tablesOf(inside), rows = new Map();
function* leaves() {
  let upcoming = 0, number = 0, file = LINES;
  const tear = (kind) => { torn = odd = true; damage(file, number, kind); };
  for (file of parts) {
    number = 0;
    for (const content of linesOf(place(file))) {
      number += 1;
      const told = attempt(() => parsed(content)), leaf = attempt(() => from64(told.leaf));
      const line = attempt(() => "line" in told ? Buffer.from(told.line, "utf8") : from64(told.line_base64)), said = attempt(() => parsed(line));
      const isRecord = said instanceof Object && !Array.isArray(said) && leaf && typeof told.kind === "string";
      if (!isRecord || !Number.isSafeInteger(told.index) || told.index < 0) { tear("line_unreadable"); upcoming += 1; continue; }
      if (told.index < upcoming || told.index >= own.size) { tear("line_out_of_order"); continue; }
      if (whole && told.index > upcoming) tear("line_missing");
      [upcoming, count] = [told.index + 1, count + 1];
      lookAt([file, number], told, line, said, leaf);
      yield [told.index, leaf];
    }
  }
  number += 1;
  if (whole && upcoming < own.size && parts.length) tear("line_missing");
}
function lookAt(where, { index, kind }, line, said, leaf) {
  const changed = !leafOf(kind, line).equals(leaf), at = said.received_at || said.at || "", hash = digest("sha256", line).toString("hex");
  const name = `${kind} ${said.subject || said.case || ""}`, link = chains.get(name);
  if (changed) { odd = true; damage(...where, "line_changed"); }
  if (tables.length) rows.set(index, [changed ? "" : rowOf({ ...said, index, line_kind: kind, subject: said.case || said.subject, at, hash }), kind]);
  if (Number.isSafeInteger(said.seq) && typeof said.prev === "string") {
    const upcoming = link ? link.seq + 1 : 1, before = link ? link.hash || said.prev : "0".repeat(64);
    const isWhole = whole || kind === "log_key" || (manifest.whole_cases === true && kind === "transition");
    if (!changed && (said.seq < upcoming || (said.seq === upcoming && said.prev !== before))) damage(...where, "chain_broken");
    if (said.seq > upcoming && isWhole && !odd) damage(...where, "line_left_out");
    if (link && !changed && at && at < written(Date.parse(link.at) / 1000 - SLACK)) damage(...where, "back_dated");
    chains.set(name, { seq: said.seq, hash: changed ? "" : hash, at: link && changed ? link.at : at, to: said.to, policy: said.policy });
  }
  for (; floors.length && floors[0][0] <= index; floors.shift()) if (floors[0][1] > floor) floor = floors[0][1];
  if (!changed && at && at < floor) damage(...where, "back_dated");
  if (kind === "log_key") keyLines.push([index, said]); else if (kind === "erasure" && Array.isArray(said.papers)) said.papers.forEach((one) => erased.add(one));
  for (const { sha256 } of (papersIn && said.attachments) || []) if (!papers.has(sha256)) papers.set(sha256, where);
}
function treeRoot() {
  if (!parts.length) { torn = true; damage(LINES, null, "file_missing"); }
  const all = leaves(), peaks = [], sizes = new Set(seen.map((one) => one.size));
  if (whole) {
    for (let size = 1, one; !(one = all.next()).done; size += 1) { addLeaf(peaks, [1, one.value[1]]); if (sizes.has(size)) roots.set(size, rootOf(peaks)); }
    return rootOf(peaks);
  }
  const others = existsSync(place(PROOF)) ? linesOf(place(PROOF)) : [].values();
  const root = attempt(() => rootOfSome(own.size, all, (function* () { for (const one of others) yield from64(one.toString().trim()); })()));
  if (!root && !torn) damage(PROOF, null, "tree_differs");
  while (!all.next().done);
  return root;
}
function trustedKeys() {
  const trusted = [], mine = (key) => keys.some((one) => one.raw.equals(key.raw));
  for (const [index, said] of keyLines) {
    const key = attempt(() => keyOf(said.vkey)), message = `dixian-log-key/1\n${said.vkey}\n${said.prev}\n`;
    const follows = key && (mine(key) || !trusted.length || attempt(() => isSigned(trusted.at(-1)[1], message, from64(said.signature))));
    if (!follows) damage(LINES, null, "key_replaced"); else if (mine(key) || trusted.length) trusted.push([index, key]);
  }
  return [...keys.filter((key) => !trusted.some(([, one]) => one.raw.equals(key.raw))).map((key) => [-1, key]), ...trusted];
}
function continues(one, agreed) {
  const proofs = [...asked.proof.map((path) => parsed(readFileSync(path))), ...(manifest.consistency ?? [])];
  const [old, later] = one.size < own.size ? [one, own] : [own, one], proof = proofs.find((told) => told.from === old.size && told.to === later.size);
  const same = one.size < own.size && whole && !torn ? (roots.get(one.size) ?? digest(hashName)).equals(one.root)
    : old.size === later.size || !old.size ? grew(old, later, []) : proof && grew(old, later, proof.hashes.map(from64));
  if (same === undefined) { if (one.size > own.size) damage(one.where, null, "rolled_back"); else if (!torn) unproven.push(one.where); return false; }
  if (!same) damage(...(whole ? [LINES, agreed + 1] : [one.where, null]), "fork");
  return same;
}
function verifyAll() {
  hashName = own.origin.endsWith("/sm3") ? "sm3" : "sha256";
  for (const [name, told] of Object.entries(manifest.files ?? {})) {
    const sha256 = attempt(() => sha256Of(place(name)));
    if (sha256 !== told.sha256) damage(name, null, sha256 ? "file_changed" : "file_missing");
  }
  const root = treeRoot(), trusted = trustedKeys(), keyAt = (size) => trusted.findLast(([since]) => since < size)?.[1];
  const signed = (one, where, key = keyAt(one.size)) =>
    key ? one.signedBy(key) || damage(where, null, "not_signed") === 0 : unproven.push(where) === 0;
  if (!keys.some((key) => key.name === own.origin)) damage(MANIFEST, null, "another_log");
  signed(own, MANIFEST);
  if (!torn && !root?.equals(own.root)) damage(LINES, null, "tree_differs");
  let agreed = 0, number = 0;
  for (const one of seen.filter((one) => one.origin === own.origin && signed(one, one.where))) {
    if (!continues(one, agreed)) break;
    agreed = Math.min(one.size, own.size);
  }
  for (const content of existsSync(place(CASES)) && !torn ? linesOf(place(CASES)) : []) {
    number += 1;
    const told = attempt(() => parsed(content)), link = chains.get(`transition ${told?.case}`);
    if (typeof told?.case !== "string" || !Number.isSafeInteger(told.version)) { damage(CASES, number, "line_unreadable"); continue; }
    const differs = link && told.version === link.seq && (told.state !== link.to || told.policy !== link.policy || (link.hash && told.head !== link.hash));
    if (!link || told.version < link.seq || differs) damage(CASES, number, "case_differs");
    chains.delete(`transition ${told.case}`);
  }
  if (whole && !torn && existsSync(place(CASES))) for (const name of chains.keys()) if (name.startsWith("transition ")) damage(CASES, null, "case_differs");
  const there = new Map((papersIn ? below(papersIn) : []).map((path) => [basename(path), path]));
  if (!torn) for (const table of tables) verifyTable(table, rows, place, damage);
  for (const [sha256, where] of papers) {
    if (!there.has(sha256)) { if (!erased.has(sha256)) damage(...where, "attachment_missing"); }
    else if (sha256Of(there.get(sha256)) !== sha256) damage(relative(papersIn, there.get(sha256)), null, "attachment_changed");
  }
}
if (own && keys.length) verifyAll(); else damage(MANIFEST, null, "file_unreadable");
const verdict = damages.length ? "damaged" : unproven.length ? "unproven" : whole ? "complete and unchanged" : "unchanged";
console.log(JSON.stringify({ verdict, lines: count, damages }));
process.exitCode = { damaged: 1, unproven: 2 }[verdict] ?? 0;
