// A second verifier of a Dixian export, for Node alone, written apart from dixian_verify.py:
//   node dixian_verify.mjs FOLDER --key KEY [--checkpoint FILE|FOLDER] [--proof FILE]
// It prints JSON, and leaves with 0 (fine), 1 (damaged) or 2 (cannot be told). It reads what was
// signed; tables (`unread`) are only hashed, papers are left: both are for the other one.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
process.on("uncaughtException", (odd) => { console.error(odd.message); process.exit(2); });
const LINES = "lines.jsonl", PROOF = "proof.txt", CASES = "cases.jsonl", MANIFEST = "manifest.json";
const SLACK = 3600_000, NOTE = 1, TIMED = 4, MANY = { type: "string", multiple: true, default: [] };
const options = { key: MANY, checkpoint: MANY, proof: MANY };
const { values: asked, positionals: [given] } = parseArgs({ allowPositionals: true, options });
const fail = (what) => { throw new Error(what); };
const attempt = (work) => { try { return work(); } catch { return undefined; } };
// -- hashes, trees, proofs: RFC 6962, 2.1
const digest = (name, ...parts) => createHash(name).update(Buffer.concat(parts)).digest();
const node = (left, right) => digest(hashName, Buffer.of(1), left, right);
const half = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };
function rootOf(size, others = []) { // others: the subtrees without a leaf of ours, the last first
  let next = 0;
  const root = (start, end) => {
    if (!whole && !(indexes[next] < end)) return others.pop() ?? fail("too few hashes");
    if (end - start === 1) { next += 1; return leaves.subarray(32 * start, 32 * end); }
    const middle = start + half(end - start), name = end - start > 255 && `${start} ${end}`;
    const both = known.get(name) ?? node(root(start, middle), root(middle, end));
    if (name) known.set(name, both);
    return both;
  };
  const top = root(0, size);
  return others.length ? fail("too many hashes") : top;
}
function grew(old, later, proof) { // walked from the top: a proof ends with what is nearest to it
  const path = [...proof], take = () => path.pop() ?? fail("too short");
  const walk = (m, n, isAll) => { // the roots of the first m of n leaves, and of all
    if (m === n) return Array(2).fill(isAll ? old.root : take());
    const k = half(n), other = take();
    const [a, b] = m <= k ? walk(m, k, isAll) : walk(m - k, n - k, false);
    return m <= k ? [a, node(b, other)] : [node(other, a), node(other, b)];
  };
  const [first, all] = attempt(() => walk(old.size, later.size, true)) ?? [];
  return !path.length && !!first?.equals(old.root) && all.equals(later.root);
}
// -- keys and notes: C2SP signed-note, tlog-checkpoint, tlog-cosignature
const from64 = (text, raw = Buffer.from(text, "base64")) =>
  raw.toString("base64") === text ? raw : fail("not base64");
function keyOf(vkey) {
  const [, name, id, rest] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey.trim()) ?? fail("no key");
  const raw = from64(rest), bare = raw.subarray(1), named = Buffer.from(`${name}\n`);
  const idOf = (kind) => digest("sha256", named, Buffer.of(kind), bare).toString("hex", 0, 4);
  if (raw.length !== 33 || idOf(raw[0]) !== id) fail("no key");
  const told = { kty: "OKP", crv: "Ed25519", x: bare.toString("base64url") };
  const open = createPublicKey({ key: told, format: "jwk" });
  const signed = (text, signature) => verify(null, Buffer.from(text), open, signature);
  return { name, idOf, signed, is: (other) => other.bare.equals(bare), bare };
}
function checkpointOf(where, content) {
  const cut = content.lastIndexOf("\n\n"), text = content.slice(0, cut + 1);
  const [origin, size, root] = text.split("\n"), lines = content.slice(cut + 2).split("\n");
  const isOne = cut > 0 && lines.pop() === "" && /^(0|[1-9]\d{0,17})$/.test(size);
  if (!isOne || from64(root).length !== 32) fail("no checkpoint");
  const notes = lines.map((line) => /^— (\S+) (\S+)$/.exec(line) ?? fail("no signature"))
    .map(([, name, raw]) => [name, from64(raw)]);
  const by = (key, kind) => notes
    .filter(([name, raw]) => name === key.name && raw.toString("hex", 0, 4) === key.idOf(kind))
    .map(([, raw]) => raw.subarray(4));
  const isSignedBy = (key, raws = by(key, NOTE)) =>
    raws.length > 0 && raws.every((raw) => key.signed(text, raw));
  const seenAt = (key) => by(key, TIMED).map((raw) => [raw.readBigUInt64BE(), raw.subarray(8)])
    .filter(([at, raw]) => key.signed(`cosignature/v1\ntime ${at}\n${text}`, raw))
    .map(([at]) => Number(at) * 1000);
  return { where, origin, size: Number(size), root: from64(root), isSignedBy, seenAt };
}
// -- what the auditor holds, and what came
const place = (name) => join(given, name), read = (path) => readFileSync(path, "utf8");
const sha256 = (bytes) => digest("sha256", bytes).toString("hex");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const parsed = (bytes) => JSON.parse(utf8.decode(bytes));
const filesIn = (path) => !statSync(path).isDirectory() ? [path] : readdirSync(path).sort()
  .filter((name) => !name.startsWith(".")).flatMap((name) => filesIn(join(path, name)));
function* linesOf(name) { // by the line feed alone: what else ends a line elsewhere is text here
  const all = existsSync(place(name)) ? readFileSync(place(name)) : "";
  for (let start = 0, number = 1, end; start < all.length; start = end, number += 1) {
    end = all.indexOf(10, start) + 1 || all.length;
    yield [all.subarray(start, end), number];
  }
}
const keys = asked.key.map((key) => keyOf(key.includes("+") ? key : read(key)));
const inside = filesIn(given).map((path) => relative(given, path));
const manifest = attempt(() => parsed(readFileSync(place(MANIFEST)))) ?? {};
const isOne = manifest.format === "dixian-export/1" && keys.length > 0;
const own = isOne ? attempt(() => checkpointOf(MANIFEST, manifest.checkpoint)) : undefined;
const hashName = own?.origin.endsWith("/sm3") ? "sm3" : "sha256", whole = manifest.whole === true;
const ofLog = asked.checkpoint.flatMap(filesIn).map((path) => checkpointOf(path, read(path)))
  .concat(own ?? []).filter((one) => one.origin === own?.origin).sort((a, b) => a.size - b.size);
const floors = ofLog.flatMap((one) => keys.flatMap(one.seenAt).map((at) => [one.size, at - SLACK]));
const proofs = [...asked.proof.map(read).map(JSON.parse), ...(manifest.consistency ?? [])];
// -- lines: each against its leaf, its chain, its time
const leaves = Buffer.alloc(32 * (own?.size ?? 0)), indexes = [], known = new Map();
const chains = new Map(), damages = [], unproven = [], trusted = [];
let torn = false, odd = false, floor = 0;
const damage = (file, line, kind) => damages.push({ file, line, kind });
const tear = (...what) => { torn = odd = true; damage(...what); };
function verifyLines() {
  let [upcoming, number, file, content] = [0, 0, LINES];
  for (file of inside.filter((name) => /^lines(-\d{6})?\.jsonl$/.test(name)))
    for ([content, number] of linesOf(file)) {
      const record = attempt(() => recordOf(parsed(content))), index = record?.index ?? upcoming;
      const isPlaced = index >= upcoming && index < own.size;
      if (!record) tear(file, number, "line_unreadable");
      else if (!isPlaced) tear(file, number, "line_out_of_order");
      else if (whole && index > upcoming) tear(file, number, "line_missing");
      if (isPlaced) { if (record) lookAt([file, number], record); upcoming = index + 1; }
    }
  if (!inside.includes(file)) tear(LINES, null, "file_missing");
  else if (whole && upcoming < own.size) tear(file, number + 1, "line_missing");
}
function recordOf({ index, kind, leaf, ...told }) {
  const line = "line" in told ? Buffer.from(told.line) : from64(told.line_base64);
  const said = parsed(line), isSaid = said instanceof Object && !Array.isArray(said);
  const isPlaced = Number.isSafeInteger(index) && index >= 0 && typeof kind === "string";
  return isSaid && isPlaced ? { index, kind, leaf: from64(leaf), line, said } : fail("no record");
}
function lookAt(where, { index, kind, leaf, line, said }) {
  const isSame = digest(hashName, Buffer.from(`\0${kind}\n`), line).equals(leaf);
  const at = Date.parse(said.received_at || said.at), hash = sha256(line);
  indexes.push(index); leaf.copy(leaves, 32 * index);
  if (!isSame) { odd = true; damage(...where, "line_changed"); }
  follow(where, kind, said, at, isSame && hash);
  while (floors[0]?.[0] <= index) floor = Math.max(floor, floors.shift()[1]);
  if (isSame && at < floor) damage(...where, "back_dated");
  if (kind === "log_key") trust(index, said);
}
function follow(where, kind, { seq, prev, subject, case: of, to, policy }, at, hash) {
  if (!Number.isSafeInteger(seq) || typeof prev !== "string") return;
  const name = `${kind} ${subject || of || ""}`, last = chains.get(name) ?? { seq: 0 };
  const before = last.seq ? last.hash || prev : "0".repeat(64), isNext = seq === last.seq + 1;
  const isWhole = whole || kind === "log_key" || (manifest.whole_cases && kind === "transition");
  if (hash && (seq <= last.seq || (isNext && prev !== before))) damage(...where, "chain_broken");
  if (seq > last.seq + 1 && isWhole && !odd) damage(...where, "line_left_out");
  if (hash && at < last.at - SLACK) damage(...where, "back_dated");
  chains.set(name, { seq, hash, at: hash ? at : last.at, to, policy });
}
function trust(index, { vkey, prev, signature }) { // one's own key; or what the one before signed
  const key = attempt(() => keyOf(vkey)), isMine = keys.some((one) => key?.is(one));
  const before = trusted.at(-1)?.key, message = `dixian-log-key/1\n${vkey}\n${prev}\n`;
  const isNamed = attempt(() => before.signed(message, from64(signature)));
  if (!key || (before && !isMine && !isNamed)) damage(LINES, null, "key_replaced");
  else if (isMine || before) trusted.push({ since: index, key });
}
// -- the tree, and who signed it; then what lies beside the lines
function verifyTree() {
  const others = () => [...linesOf(PROOF)].map(([one]) => from64(`${one}`.trim())).reverse();
  const root = attempt(() => rootOf(own.size, whole ? [] : others()));
  if (!torn && !root) damage(PROOF, null, "tree_differs");
  if (!keys.some((key) => key.name === own.origin)) damage(MANIFEST, null, "another_log");
  if (!torn && !root?.equals(own.root)) damage(LINES, null, "tree_differs");
  const isNew = (key) => !trusted.some((one) => key.is(one.key));
  const signers = [...keys.filter(isNew).map((key) => ({ since: -1, key })), ...trusted];
  let agreed = 0; // lines that are the same as those a holder has; -1: from here on they are not
  for (const one of [own, ...ofLog.filter((one) => one !== own)]) {
    const signer = signers.findLast(({ since }) => since < one.size);
    if (!signer) unproven.push(one.where);
    else if (!one.isSignedBy(signer.key)) damage(one.where, null, "not_signed");
    else if (one !== own && agreed >= 0) agreed = continues(one, agreed);
  }
}
function continues(one, agreed) {
  const [old, later] = one.size < own.size ? [one, own] : [own, one];
  const told = old.size === later.size ? { hashes: [] }
    : proofs.find(({ from, to }) => from === old.size && to === later.size);
  const same = old === one && whole && !torn ? rootOf(one.size).equals(one.root)
    : told && grew(old, later, told.hashes.map((one) => from64(one)));
  if (same === false) damage(...(whole ? [LINES, agreed + 1] : [one.where, null]), "fork");
  else if (!same && old === own) damage(one.where, null, "rolled_back");
  else if (!same && !torn) unproven.push(one.where);
  return same ? Math.min(one.size, own.size) : -1;
}
function verifyCases() {
  for (const [content, number] of linesOf(CASES)) {
    const told = attempt(() => parsed(content)) ?? {}, name = `transition ${told.case}`;
    const { seq, to, policy, hash } = chains.get(name) ?? {}, { version } = told;
    const isSame = told.state === to && told.policy === policy && told.head === (hash || told.head);
    if (!Number.isSafeInteger(version)) damage(CASES, number, "line_unreadable");
    else if (!(version > seq || (version === seq && isSame))) damage(CASES, number, "case_differs");
    chains.delete(name);
  }
  for (const name of whole ? chains.keys() : [])
    if (name.startsWith("transition ")) damage(CASES, null, "case_differs");
}
for (const [name, told] of Object.entries((own && manifest.files) ?? {}))
  if (!inside.includes(name)) damage(name, null, "file_missing");
  else if (sha256(readFileSync(place(name))) !== told.sha256) damage(name, null, "file_changed");
if (own) { verifyLines(); verifyTree(); } else damage(MANIFEST, null, "file_unreadable");
if (own && !torn && inside.includes(CASES)) verifyCases();
const verdict = damages.length ? "damaged" : unproven.length ? "unproven"
  : whole ? "complete and unchanged" : "unchanged";
const unread = inside.filter((name) => name.startsWith("transitions"));
console.log(JSON.stringify({ verdict, lines: indexes.length, damages, unread }));
process.exitCode = { damaged: 1, unproven: 2 }[verdict] ?? 0;
