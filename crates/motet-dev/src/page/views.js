// What the page draws: source, instructions, texts, problems, history, figures. Everything that comes from a program is
// set as text, never as markup.

export const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(c => c !== null && c !== undefined));
  return node;
};

export const duration = nanos => {
  if (nanos === null || nanos === undefined) return "–";
  if (nanos < 1e3) return `${nanos} ns`;
  if (nanos < 1e6) return `${(nanos / 1e3).toFixed(1)} µs`;
  if (nanos < 1e9) return `${(nanos / 1e6).toFixed(1)} ms`;
  return `${(nanos / 1e9).toFixed(2)} s`;
};

export const size = bytes => {
  if (bytes === null || bytes === undefined) return "–";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1 << 20) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < 1 << 30) return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  return `${(bytes / (1 << 30)).toFixed(2)} GiB`;
};

const count = n => (n === null || n === undefined ? "–" : n.toLocaleString("en"));
export const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// Most lines that are drawn of one text.
const MAX_LINES = 20000;

const KEYWORDS = new Set(("let mut const var def func fn return ret if else elif while for in loop match case default break continue "
  + "try except throw struct type enum impl self import export from pub priv async await yield spawn test defer and or not is own view mod "
  + "null nil none true false some ok err int float string bool extern opt default").split(" "));
const TOKEN = /(\/\/.*|#.*)|("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|(\b(?:0[xb][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b)|([A-Za-z_]\w*)/g;

// Stretches of a line with their class: [text, class].
const tokens = line => {
  const out = [];
  let at = 0;
  for (const m of line.matchAll(TOKEN)) {
    let kind = "";
    if (m[1] !== undefined) kind = "c";
    else if (m[2] !== undefined) kind = "s";
    else if (m[3] !== undefined) kind = "n";
    else if (KEYWORDS.has(m[4])) kind = "k";
    else if (line[m.index + m[4].length] === "(") kind = "f";
    if (m.index > at) out.push([line.slice(at, m.index), ""]);
    out.push([m[0], kind]);
    at = m.index + m[0].length;
  }
  if (at < line.length) out.push([line.slice(at), ""]);
  return out;
};

// Draws a line; `ranges` are [from, to, class] in columns from 0.
const paint = (code, line, ranges) => {
  code.replaceChildren();
  let column = 0;
  const edges = ranges.flatMap(r => [r[0], r[1]]);
  for (const [text, kind] of tokens(line)) {
    const end = column + text.length;
    const cuts = [column, ...edges.filter(e => e > column && e < end), end].sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i++) {
      if (cuts[i] === cuts[i + 1]) continue;
      const classes = [kind, ...ranges.filter(r => r[0] <= cuts[i] && r[1] >= cuts[i + 1]).map(r => r[2])].filter(Boolean);
      const part = line.slice(cuts[i], cuts[i + 1]);
      code.append(classes.length ? el("span", {class: classes.join(" ")}, part) : part);
    }
    column = end;
  }
  // A range past the end, such as a missing character, gets something to show itself on.
  for (const r of ranges) if (r[0] >= line.length && r[0] !== r[1]) code.append(el("span", {class: r[2]}, " "));
};

// The source with its problems. `on` gets `hover(line)` and `select(line)`.
export class Source {
  constructor(host, on) {
    this.host = host;
    this.rows = [];
    this.at = 0;
    host.addEventListener("mouseover", e => on.hover(this.lineOf(e.target)));
    host.addEventListener("mouseleave", () => on.hover(0));
    host.addEventListener("click", e => { const line = this.lineOf(e.target); if (line) this.move(line, on); });
    host.addEventListener("keydown", e => {
      const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9}[e.key];
      if (!step || e.altKey || e.ctrlKey || e.metaKey || !this.rows.length) return;
      e.preventDefault();
      this.move(Math.min(Math.max(this.at + step, 1), this.rows.length), on);
    });
  }

  lineOf(target) {
    const row = target.closest?.(".row");
    return row ? Number(row.dataset.line) : 0;
  }

  move(line, on) {
    this.rows[this.at - 1]?.classList.remove("at");
    this.at = line;
    this.rows[line - 1]?.classList.add("at");
    this.rows[line - 1]?.scrollIntoView({block: "nearest"});
    on.select(line);
  }

  show(text, problems, keep) {
    const top = keep ? this.host.scrollTop : 0;
    this.text = text.split("\n");
    if (this.text.length > 1 && this.text.at(-1) === "") this.text.pop();
    const shown = this.text.slice(0, MAX_LINES);
    this.rows = shown.map((_, i) => el("div", {class: "row", "data-line": i + 1}, el("i", {}, String(i + 1)), el("code")));
    this.host.replaceChildren(...this.rows);
    if (shown.length < this.text.length) this.host.append(el("p", {class: "empty"}, `${count(this.text.length - shown.length)} more lines`));
    this.problems(problems);
    if (!keep) this.at = 0;
    this.rows[this.at - 1]?.classList.add("at");
    this.host.scrollTop = top;
  }

  problems(list) {
    const byLine = new Map();
    for (const p of list) {
      // The end of the text may be a line that is not drawn.
      const line = p.at && Math.min(p.at.line, this.rows.length);
      if (line) byLine.set(line, [...(byLine.get(line) ?? []), p]);
    }
    this.rows.forEach((row, i) => {
      const here = byLine.get(i + 1) ?? [];
      const line = this.text[i];
      const ranges = here.map(p => {
        const end = p.at.endLine === p.at.line && p.at.line === i + 1 ? p.at.endColumn - 1 : line.length;
        const start = p.at.line === i + 1 ? p.at.column - 1 : line.length;
        return [start, Math.max(end, start + 1), `wave ${p.severity}`];
      });
      paint(row.lastElementChild.tagName === "CODE" ? row.lastElementChild : row.children[1], line, ranges);
      row.querySelector(".hint")?.remove();
      row.classList.toggle("bad", here.some(p => p.severity === "error"));
      row.classList.toggle("warn", here.length > 0 && here.every(p => p.severity === "warning"));
      if (here.length) row.append(el("span", {class: `hint ${here[0].severity}`}, here[0].message.split("\n")[0]));
    });
  }

  link(lines, span, scroll) {
    for (const row of this.host.querySelectorAll(".row.linked")) row.classList.remove("linked");
    for (const line of lines) this.rows[line - 1]?.classList.add("linked");
    if (this.spot) { paint(this.rows[this.spot - 1]?.children[1] ?? el("code"), this.text[this.spot - 1] ?? "", []); this.spot = 0; }
    const row = span && this.rows[span.line - 1];
    if (row && !row.querySelector(".wave")) {
      const end = span.endLine === span.line ? span.endColumn - 1 : this.text[span.line - 1].length;
      paint(row.children[1], this.text[span.line - 1], [[span.column - 1, end, "spot"]]);
      this.spot = span.line;
    }
    if (scroll && lines.length) this.rows[lines[0] - 1]?.scrollIntoView({block: "nearest"});
  }

  go(line) {
    if (!this.rows[line - 1]) return;
    this.rows[this.at - 1]?.classList.remove("at");
    this.at = line;
    this.rows[line - 1].classList.add("at");
    this.rows[line - 1].scrollIntoView({block: "center"});
  }
}

export const empty = (title, text, sign = "") =>
  el("div", {class: "empty"}, sign ? el("div", {class: "big", "aria-hidden": "true"}, sign) : null, el("strong", {}, title), text);

// Instructions by function; `link(span)` is called for the one under the pointer or the cursor.
export class Instructions {
  constructor(host, data, path, link) {
    this.byLine = new Map();
    this.rows = [];
    const own = data.files.indexOf(path);
    for (const f of data.functions) {
      const code = el("div", {class: "code"});
      for (const r of f.rows) {
        const label = r.at === null && /^\w+:$/.test(r.text);
        const [, pc = "", rest] = label ? ["", "", r.text] : r.text.match(/^(\d+)\s+(.*)$/) ?? ["", "", r.text];
        const body = el("code");
        instruction(body, rest);
        const row = el("div", {class: label ? "row label" : "row"}, el("i", {}, pc), body);
        if (r.at && f.file === own) {
          row.at = r.at;
          for (let l = r.at.line; l <= r.at.endLine && l < r.at.line + 50; l++) this.byLine.set(l, [...(this.byLine.get(l) ?? []), row]);
        }
        this.rows.push(row);
        code.append(row);
      }
      const facts = f.head.filter(h => !h.startsWith("language") && !/^(locals|hidden|params 0|result any)$/.test(h)).join(" · ");
      const where = f.file !== null && f.file !== own ? data.files[f.file] : "";
      host.append(el("section", {class: "func"}, el("h3", {}, f.name, el("small", {}, [where, facts].filter(Boolean).join(" · "))), code));
    }
    if (data.cut) host.append(empty("There is more", "Only the first part of a program this large is shown."));
    this.at = -1;
    host.addEventListener("mouseover", e => { const row = e.target.closest(".row"); if (row) this.choose(row, link, false); });
    host.addEventListener("mouseleave", () => { this.mark([]); link(null); });
    host.onkeydown = e => {
      const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20}[e.key];
      if (!step || e.altKey || e.ctrlKey || e.metaKey) return;
      e.preventDefault();
      this.at = Math.min(Math.max(this.at + step, 0), this.rows.length - 1);
      this.choose(this.rows[this.at], link, true);
      this.rows[this.at].scrollIntoView({block: "nearest"});
    };
  }

  choose(row, link, scroll) {
    this.at = this.rows.indexOf(row);
    this.mark([row]);
    link(row.at ?? null, scroll);
  }

  mark(rows) {
    for (const row of this.marked ?? []) row.classList.remove("linked");
    this.marked = rows;
    for (const row of rows) row.classList.add("linked");
  }

  // The instructions of a line of the source.
  of(line, scroll) {
    const rows = this.byLine.get(line) ?? [];
    this.mark(rows);
    rows[0]?.scrollIntoView({block: scroll ? "center" : "nearest"});
  }
}

const instruction = (body, text) => {
  const at = text.indexOf(" # ") < 0 ? (text.startsWith("# ") ? 0 : text.length) : text.indexOf(" # ");
  const [, name, operands] = text.slice(0, at).match(/^(\S*)(.*)$/);
  body.append(el("span", {class: "k"}, name));
  for (const part of operands.split(/(-?\b\d+(?:\.\d+)?\b|"[^"]*")/)) {
    body.append(/^-?\d/.test(part) ? el("span", {class: "n"}, part) : part[0] === "\"" ? el("span", {class: "s"}, part) : part);
  }
  if (at < text.length) body.append(el("span", {class: "c"}, text.slice(at)));
};

export const plainText = (host, text, cut) => {
  const lines = text.split("\n").slice(0, MAX_LINES);
  const code = el("div", {class: "code"});
  lines.forEach((line, i) => {
    const body = el("code");
    paint(body, line, []);
    code.append(el("div", {class: "row"}, el("i", {}, String(i + 1)), body));
  });
  host.append(code);
  if (cut || text.split("\n").length > MAX_LINES) host.append(empty("There is more", "Only the first part is shown."));
};

export const problem = (p, open) => {
  const where = p.at ? `${p.file}:${p.at.line}:${p.at.column}` : p.file ?? "";
  const pre = p.excerpt ? el("pre") : null;
  for (const line of p.excerpt ? p.excerpt.split("\n").slice(1) : []) {
    const [, gutter, rest] = line.match(/^(\s*\d*\s*[|=]?)(.*)$/s);
    if (/^\s*=/.test(line)) continue;
    const carets = /^[\s^~-]*[\^~-]/.test(rest);
    pre.append(el("span", {class: "gut"}, gutter), carets ? el("span", {class: "caret"}, rest) : rest, "\n");
  }
  return el("article", {class: `card ${p.severity}`},
    el("header", {}, p.code ? el("span", {class: "code-name"}, p.code) : null, el("b", {}, p.message),
      el("span", {class: "grow"}), el("a", {href: "#source", onclick: e => { e.preventDefault(); open(p.file, p.at?.line); }}, where)),
    pre, p.help ? el("p", {class: "help"}, el("b", {}, "Help "), p.help) : null);
};

const clock = at => new Date(at).toLocaleTimeString("en-GB", {hour12: false});

export const history = (host, entries, open) => {
  const saves = entries.filter(e => e.kind === "reloaded" || e.kind === "refused").slice(-60);
  if (saves.length) {
    const most = Math.max(...saves.map(e => e.nanos ?? 0), 1);
    host.append(el("p", {class: "bars-note"}, `Time from save to ${saves.some(e => e.kind === "reloaded") ? "running" : "refusal"}, newest on the right; longest ${duration(most)}`));
    const bars = el("div", {class: "bars", role: "img", "aria-label": `Times of the last ${saves.length} reloads`});
    for (const e of saves) {
      const bar = el("i", {class: e.kind, title: `${e.files?.join(", ")}: ${duration(e.nanos)}`});
      bar.style.height = `${Math.max(3, 56 * (e.nanos ?? 0) / most)}px`;
      bars.append(bar);
    }
    host.append(bars);
  }
  const list = el("ol", {class: "line-of-time", role: "list"});
  for (const e of [...entries].reverse()) {
    const files = e.files?.join(", ") || "the program";
    const text = {
      started: () => [el("b", {}, "Started"), ` version ${e.version}`],
      reloaded: () => [el("b", {}, `Reloaded ${files}`), ` in ${duration(e.nanos)} · version ${e.version}`],
      refused: () => [el("b", {}, `${files} does not compile`), " · the running version goes on"],
      same: () => [`Saved ${files} without a change`],
      ended: () => [el("b", {}, e.status === 0 ? "Ended" : `Ended with status ${e.status}`), ` after ${duration(e.nanos)}`],
      failed: () => [el("b", {}, `${files} could not be loaded`), e.message ? ` · ${e.message}` : ""],
    }[e.kind]?.() ?? [e.kind];
    const chips = el("div", {class: "chips"});
    for (const [kind, sign] of [["changed", "~ "], ["added", "+ "], ["removed", "− "], ["migrated", "↻ "], ["reset", "reset "]]) {
      for (const name of e[kind] ?? []) chips.append(el("span", {class: `chip ${kind}`}, sign + name));
    }
    if (e.kept?.length) chips.append(el("span", {class: "chip kept", title: e.kept.join(", ")}, `${plural(e.kept.length, "global")} kept`));
    const small = e.kind === "reloaded" ? `compiled in ${duration(e.compileNanos)} · ${e.restarted ? "main restarted" : "main went on"}`
      : e.kind === "started" && e.compileNanos ? `compiled in ${duration(e.compileNanos)}` : null;
    const problems = (e.diagnostics ?? []).slice(0, 3).map(p => problem(p, open));
    list.append(el("li", {class: e.kind}, el("time", {}, clock(e.at)), ...text, small ? el("small", {}, small) : null,
      chips.childElementCount ? chips : null, ...problems));
  }
  host.append(list);
};

export const figures = (host, s) => {
  const cards = [
    [duration(s.runNanos), "time to run"], [duration(s.compileNanos), "time to compile"], [count(s.fuel), "units of work (fuel)"],
    [count(s.allocations), "objects allocated"], [size(s.allocatedBytes), "bytes allocated"], [size(s.heapBytes), "heap at the end"],
    [size(s.peakHeapBytes), "heap at most"], [count(s.collections), "collections"], [count(s.freed), "objects freed"],
    [duration(s.pauseNanos), "in collections"], [duration(s.longestPauseNanos), "longest pause"],
    [count(s.translated), "functions translated"], [duration(s.translationNanos), "in translation"],
  ];
  host.append(el("div", {class: "grid"}, ...cards.map(([value, name]) => el("div", {class: "figure"}, el("b", {}, value), el("span", {}, name)))));
};
