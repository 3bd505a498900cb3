// The page: what is open, what runs, and what the server says about both.

import {el, Source, Instructions, empty, plainText, problem, history, figures, duration, plural} from "./views.js";
import {flame} from "./flame.js";

const $ = id => document.getElementById(id);
const store = {
  get: (key, other) => { try { return localStorage.getItem(`motet-dev.${key}`) ?? other; } catch { return other; } },
  set: (key, value) => { try { localStorage.setItem(`motet-dev.${key}`, value); } catch { /* private windows */ } },
};
// The token did its work: it does not belong into the history of the browser.
if (location.search) history_replace();
function history_replace() { window.history.replaceState(null, "", location.pathname + location.hash); }

const api = async (path, options = {}) => {
  const response = await fetch(`/api/${path}`, options.body === undefined ? options
    : {...options, method: options.method ?? "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(options.body)});
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(value.error ?? `status ${response.status}`);
  return value;
};
const query = values => new URLSearchParams(values).toString();

const state = {programs: [], runs: new Map(), path: null, run: null, check: null, view: store.get("view", "bytecode"), closed: new Set(), filter: "", length: 0};
let instructions = null;

const announce = text => { $("announce").textContent = text; };
const note = (text, flash) => {
  $("console-note").textContent = text;
  $("console-note").classList.toggle("flash", Boolean(flash));
  if (flash) announce(text);
};

// ---- programs ----

const tag = p => el("span", {class: `tag ${p.language ?? "pbc"}`, "aria-hidden": "true"}, (p.language ?? "pbc").slice(0, 2));

const drawTree = () => {
  const focused = document.activeElement?.dataset?.key;
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = state.programs.filter(p => words.every(w => p.path.toLowerCase().includes(w)));
  const root = {folders: new Map(), files: []};
  for (const p of shown) {
    const parts = p.path.split("/");
    let at = root, prefix = "";
    for (const part of parts.slice(0, -1)) {
      prefix += `${part}/`;
      if (!at.folders.has(part)) at.folders.set(part, {folders: new Map(), files: [], key: prefix});
      at = at.folders.get(part);
    }
    at.files.push([parts.at(-1), p]);
  }
  const items = node => [
    ...[...node.folders].map(([name, child]) => el("li", {role: "treeitem", tabindex: -1, "data-key": child.key, "aria-expanded": String(Boolean(words.length) || !state.closed.has(child.key))},
      el("div", {class: "node"}, el("span", {class: "twist", "aria-hidden": "true"}, "▶"), el("span", {class: "name"}, name)),
      el("ul", {role: "group"}, ...items(child)))),
    ...node.files.map(([name, p]) => {
      const run = [...state.runs.values()].filter(r => r.path === p.path && r.active).at(-1);
      const dot = run ? (run.phase === "ended" && run.status ? "failed" : run.phase) : "";
      return el("li", {role: "treeitem", tabindex: -1, "data-key": p.path, "data-path": p.path, "aria-selected": String(p.path === state.path), title: p.path},
        el("div", {class: "node"}, tag(p), el("span", {class: "name"}, name), dot ? el("span", {class: `dot ${dot}`, title: run.phase}) : null));
    }),
  ];
  $("tree").replaceChildren(...items(root));
  if (!shown.length) $("tree").append(el("li", {class: "empty"}, state.programs.length ? "No program has such a name." : "There are no programs below this folder yet."));
  const all = visible();
  const home = all.find(n => n.dataset.key === focused) ?? all.find(n => n.dataset.path === state.path) ?? all[0];
  if (home) home.tabIndex = 0;
  if (focused) home?.focus();
};

const visible = () => [...$("tree").querySelectorAll("[role=treeitem]")].filter(n => !n.parentElement.closest("[aria-expanded=false]"));
const toggle = (item, open) => {
  const key = item.dataset.key;
  if (open) state.closed.delete(key); else state.closed.add(key);
  item.setAttribute("aria-expanded", String(open));
};

$("tree").addEventListener("click", e => {
  const item = e.target.closest("[role=treeitem]");
  if (!item) return;
  if (item.dataset.path) openProgram(item.dataset.path);
  else toggle(item, item.getAttribute("aria-expanded") !== "true");
});
$("tree").addEventListener("keydown", e => {
  const item = e.target.closest("[role=treeitem]");
  const all = visible();
  const at = all.indexOf(item);
  if (!item) return;
  const folder = item.hasAttribute("aria-expanded");
  const open = item.getAttribute("aria-expanded") === "true";
  const go = other => { if (!other) return; item.tabIndex = -1; other.tabIndex = 0; other.focus(); };
  const keys = {
    ArrowDown: () => go(all[at + 1]), ArrowUp: () => go(all[at - 1]), Home: () => go(all[0]), End: () => go(all.at(-1)),
    ArrowRight: () => folder && !open ? toggle(item, true) : folder && go(all[at + 1]),
    ArrowLeft: () => folder && open ? toggle(item, false) : go(item.parentElement.closest("[role=treeitem]")),
    Enter: () => item.click(), " ": () => item.click(),
  };
  if (keys[e.key] && !e.ctrlKey) { e.preventDefault(); e.stopPropagation(); keys[e.key](); }
});
$("filter").addEventListener("input", () => { state.filter = $("filter").value; drawTree(); });
$("filter").addEventListener("keydown", e => {
  const first = visible().find(n => n.dataset.path);
  if (e.key === "Enter" && first) openProgram(first.dataset.path);
  if (e.key === "ArrowDown") { e.preventDefault(); visible()[0]?.focus(); }
  if (e.key === "Escape") { $("filter").value = state.filter = ""; drawTree(); }
});

const loadTree = async () => {
  const tree = await api("tree");
  state.programs = tree.programs;
  state.titles = new Map(tree.languages.map(l => [l.name, l.title]));
  $("folder").textContent = tree.title;
  document.title = `${tree.title} · motet dev`;
  drawTree();
};

// ---- the open program ----

const source = new Source($("source"), {
  hover: line => instructions?.of(line, false),
  select: line => instructions?.of(line, true),
});

const openProgram = async (path, line) => {
  const other = path !== state.path;
  state.path = path;
  if (other) {
    state.run = [...state.runs.values()].filter(r => r.path === path).at(-1)?.id ?? null;
    state.check = null;
    window.history.replaceState(null, "", `#${encodeURIComponent(path)}`);
    drawTree();
    drawBar();
    await Promise.all([loadSource(false), loadRun()]);
  }
  if (line) source.go(line);
};

// Only the newest of several answers counts.
let asked = 0;
const loadSource = async keep => {
  const path = state.path, mine = ++asked;
  if (!path) return;
  try {
    const [text, check] = await Promise.all([api(`source?${query({path})}`), api(`check?${query({path})}`)]);
    if (path !== state.path || mine !== asked) return;
    state.check = check;
    if (text.text === null) {
      $("source").replaceChildren(empty("A compiled module", "It has no source of its own here. Its instructions are on the right.", "◫"));
    } else {
      source.show(text.text, check.diagnostics.filter(d => d.file === path), keep);
    }
  } catch (e) {
    if (path !== state.path || mine !== asked) return;
    state.check = null;
    $("source").replaceChildren(empty("It cannot be shown", e.message));
  }
  drawTabs();
  await drawView(keep);
};

const current = () => state.runs.get(state.run);
const phaseText = run => {
  if (!run) return "";
  if (run.phase === "running") return `● running · version ${run.version}`;
  if (run.phase === "ended") return `${run.status ? `ended with status ${run.status}` : "ended"}${run.active ? " · waits for changes" : ""}`;
  return {starting: "starting …", refused: "does not compile · waits for changes", stopped: "stopped"}[run.phase] ?? run.phase;
};

const drawBar = () => {
  const program = state.programs.find(p => p.path === state.path);
  const run = current();
  $("path").textContent = state.path ?? "Choose a program";
  $("language").hidden = !state.path;
  $("language").textContent = program ? state.titles?.get(program.language) ?? "module" : "";
  $("phase").textContent = phaseText(run);
  $("phase").className = `phase ${run?.phase === "ended" && run.status ? "failed" : run?.phase ?? ""}`;
  $("run").disabled = !state.path;
  $("stop").disabled = !run?.active;
  $("line").disabled = $("eof").disabled = !(run?.active && run.phase === "running");
};

// ---- runs ----

const drawRuns = () => {
  const list = [...state.runs.values()].reverse();
  $("runs").replaceChildren(...list.map(r => el("li", {class: r.id === state.run ? "on" : ""},
    el("span", {class: `dot ${r.phase === "ended" && r.status ? "failed" : r.phase}`}),
    el("button", {type: "button", class: "pick", title: phaseText(r), onclick: () => pickRun(r.id)}, el("span", {}, r.path.split("/").at(-1)), el("small", {}, `#${r.id}`)),
    el("button", {type: "button", class: "quiet", title: r.active ? "Stop" : "Forget", "aria-label": `${r.active ? "Stop" : "Forget"} run ${r.id} of ${r.path}`,
      onclick: () => r.active ? api(`runs/${r.id}/stop`, {body: {}}) : api(`runs/${r.id}`, {method: "DELETE"})}, r.active ? "■" : "✕"))));
  if (!list.length) $("runs").append(el("li", {class: "none"}, "Nothing runs yet."));
};

const pickRun = async id => {
  const run = state.runs.get(id);
  if (!run) return;
  if (run.path !== state.path) await openProgram(run.path);
  state.run = id;
  drawRuns();
  drawBar();
  await loadRun();
};

// Everything about the run that is shown. Output that comes meanwhile is held back: it may be part of the answer.
let loads = 0;
const loadRun = async () => {
  const id = state.run, mine = ++loads;
  clearOutput();
  state.shown = 0;
  state.history = [];
  state.held = [];
  if (id) {
    let run = null;
    try { run = await api(`runs/${id}`); } catch { /* it was forgotten meanwhile */ }
    if (mine !== loads) return;
    const held = state.held;
    state.held = null;
    if (run) {
      state.runs.set(id, run);
      state.history = run.history;
      state.shown = run.end;
      for (const piece of run.output) print(piece.stream, piece.text);
      held.forEach(onOutput);
    }
  } else {
    state.held = null;
    $("output").append(el("span", {class: "note"}, state.path ? "Not run yet. Ctrl+Enter runs it; saves are followed from then on." : ""));
  }
  note("");
  drawBar();
  drawRuns();
  drawTabs();
  if (["history", "profile", "stats"].includes(state.view)) await drawView(false);
};

// Output is drawn once a frame: programs print faster than anybody reads.
const MOST_OUTPUT = 300000;
let printed = [];
const print = (stream, text) => {
  if (!printed.length) requestAnimationFrame(drawOutput);
  printed.push([stream, text]);
};
const printSwap = (text, kind) => print(`swap ${kind}`, text);
const clearOutput = () => { printed = []; state.length = 0; $("output").replaceChildren(); };
const drawOutput = () => {
  const out = $("output");
  const down = out.scrollHeight - out.scrollTop - out.clientHeight < 40;
  for (const [stream, text] of printed) {
    const last = out.lastElementChild;
    if (stream.startsWith("swap")) out.append(el("div", {class: stream}, text));
    else if (last?.className === stream && last.firstChild.length < 20000) last.firstChild.appendData(text);
    else out.append(el("span", {class: stream}, text));
    state.length += text.length;
  }
  printed = [];
  while (state.length > MOST_OUTPUT && out.childElementCount > 1) {
    state.length -= out.firstElementChild.textContent.length;
    out.firstElementChild.remove();
  }
  if (down) out.scrollTop = out.scrollHeight;
};

const start = async () => {
  if (!state.path) return;
  const old = current();
  const path = state.path;
  try {
    if (old?.active) await api(`runs/${old.id}/stop`, {body: {}});
    const {id} = await api("runs", {body: {path, args: words($("args").value), keep: $("keep").checked, profile: $("profile").checked}});
    if (!state.runs.has(id)) state.runs.set(id, {id, path, phase: "starting", active: true, version: 0, end: 0});
    state.run = id;
    await loadRun();
    drawTree();
    announce(`running ${path}`);
  } catch (e) {
    note(e.message, true);
  }
};
const stop = async () => { if (current()?.active) await api(`runs/${state.run}/stop`, {body: {}}).catch(e => note(e.message, true)); };
// Words apart by spaces; quotes keep spaces together.
const words = text => [...text.matchAll(/"((?:\\.|[^"])*)"|'([^']*)'|(\S+)/g)].map(m => m[1] ?? m[2] ?? m[3]);

$("bar").addEventListener("submit", e => { e.preventDefault(); start(); });
$("stop").addEventListener("click", stop);
$("clear").addEventListener("click", clearOutput);
$("input").addEventListener("submit", async e => {
  e.preventDefault();
  const line = $("line").value;
  try { await api(`runs/${state.run}/input`, {body: {line}}); $("line").value = ""; } catch (x) { note(x.message, true); }
});
$("eof").addEventListener("click", () => api(`runs/${state.run}/input`, {body: {end: true}}).catch(e => note(e.message, true)));

// ---- views ----

const VIEWS = [["bytecode", "Bytecode"], ["problems", "Problems"], ["ast", "Tree"], ["ir", "IR"], ["opt", "Optimised"], ["regcode", "Registers"],
  ["history", "History"], ["profile", "Flame graph"], ["stats", "Figures"]];

const drawTabs = () => {
  const problems = state.check?.diagnostics ?? [];
  const errors = problems.some(p => p.severity === "error");
  const reloads = (state.history ?? []).filter(e => e.kind === "reloaded").length;
  $("tabs").replaceChildren(...VIEWS.map(([id, title]) => el("button", {type: "button", role: "tab", id: `tab-${id}`, "data-view": id, "aria-selected": String(id === state.view), "aria-controls": "view", tabindex: id === state.view ? 0 : -1, onclick: () => choose(id)},
    title,
    id === "problems" && problems.length ? el("span", {class: `count ${errors ? "" : "warning"}`}, String(problems.length)) : null,
    id === "history" && reloads ? el("span", {class: "count plain"}, String(reloads)) : null)));
  $("view").setAttribute("aria-labelledby", `tab-${state.view}`);
};
const choose = async id => {
  const had = $("tabs").contains(document.activeElement);
  state.view = id;
  store.set("view", id);
  drawTabs();
  if (had) $(`tab-${id}`).focus();
  await drawView(false);
};
$("tabs").addEventListener("keydown", e => {
  const at = VIEWS.findIndex(v => v[0] === state.view);
  const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: VIEWS.length - 1}[e.key];
  if (to === undefined || e.altKey) return;
  e.preventDefault();
  choose(VIEWS[(to + VIEWS.length) % VIEWS.length][0]);
});

let drawn = 0;
const drawView = async keep => {
  const mine = ++drawn;
  const {path, view} = state;
  const host = el("div", {id: "view", role: "tabpanel", tabindex: 0, "aria-labelledby": `tab-${view}`, "data-view": view});
  const put = () => {
    if (mine !== drawn) return false;
    const top = $("view").scrollTop;
    $("view").replaceWith(host);
    if (keep) host.scrollTop = top;
    return true;
  };
  instructions = null;
  if (!path) { host.append(empty("Nothing is open", "Choose a program on the left.", "♪")); put(); return; }
  if (view === "problems") {
    const list = state.check?.diagnostics ?? [];
    if (list.length) host.append(...list.map(p => problem(p, openProgram)));
    else host.append(empty("No problems", state.check ? `Compiled in ${duration(state.check.nanos)} from ${plural(state.check.files.length, "file")}.` : "", "✓"));
    put();
  } else if (view === "history") {
    if (state.history?.length) history(host, state.history, openProgram);
    else host.append(empty("No history yet", "Run the program, then save one of its files: each reload shows up here.", "↻"));
    put();
  } else if (view === "stats") {
    const stats = current()?.stats;
    if (stats) figures(host, stats);
    else host.append(empty("No figures yet", "They are taken when a run ends, is stopped or replaced.", "Σ"));
    put();
  } else if (view === "profile") {
    const run = current();
    if (!run?.hasProfile) {
      host.append(empty("No profile yet", "Tick “Profile” and run. The flame graph appears when the program ends, is stopped or replaced.", "▲"));
      put();
      return;
    }
    try {
      const profile = await api(`runs/${run.id}/profile`);
      if (!put()) return;
      if (profile.boxes.length) flame(host, profile, path, openProgram, tip);
      else host.append(empty("No samples", "The program ended before the first one; samples are half a millisecond apart.", "▲"));
    } catch (e) { host.append(empty("No profile", e.message)); put(); }
  } else {
    let data;
    try { data = await api(`view?${query({path, stage: view})}`); } catch (e) { data = {error: e.message}; }
    if (mine !== drawn) return;
    if (data.error) host.append(empty("Nothing to show", data.error, "∅"), ...(data.diagnostics ?? []).map(p => problem(p, openProgram)));
    else if (view === "bytecode") {
      instructions = new Instructions(host, data, path, (span, scroll) => {
        const lines = [];
        for (let l = span?.line ?? 1; span && l <= span.endLine && lines.length < 50; l++) lines.push(l);
        source.link(lines, span, scroll);
      });
    } else plainText(host, data.text, data.cut);
    put();
    if (instructions && source.at) instructions.of(source.at, false);
  }
};

const tip = (e, lines) => {
  $("tip").hidden = !e;
  if (!e) return;
  $("tip").replaceChildren(el("b", {}, lines[0]), ...lines.slice(1).filter(Boolean).flatMap(l => [el("br"), l]));
  const box = $("tip").getBoundingClientRect();
  $("tip").style.left = `${Math.min(e.clientX + 14, innerWidth - box.width - 8)}px`;
  $("tip").style.top = `${e.clientY + 18 + box.height > innerHeight ? e.clientY - box.height - 8 : e.clientY + 18}px`;
};

// ---- events ----

const onRun = async (run, entry) => {
  const known = state.runs.get(run.id);
  state.runs.set(run.id, {...known, ...run});
  if (run.id === state.run) {
    if (entry && entry.number > (state.history?.at(-1)?.number ?? 0)) {
      state.history = [...(state.history ?? []), entry].slice(-200);
      const files = entry.files?.join(", ");
      if (entry.kind === "reloaded") {
        const text = `reloaded ${files} in ${duration(entry.nanos)}: ${entry.summary ?? (entry.restarted ? "main restarted" : "main went on")}`;
        printSwap(text, "");
        note(text, true);
      } else if (entry.kind === "refused") {
        printSwap(`${files || run.path} does not compile`, "refused");
        note(`${files || run.path} does not compile${run.phase === "running" ? "; the running version goes on" : ""}`, true);
      } else if (entry.kind === "failed") {
        printSwap(entry.message ?? "the new version could not be loaded", "refused");
      } else if (entry.kind === "same") note(`no change in ${files}`);
      else if (entry.kind === "ended") note(`${entry.status ? `ended with status ${entry.status}` : "ended"} after ${duration(entry.nanos)}`);
    }
    drawBar();
    drawTabs();
    if (["history", "stats"].includes(state.view) || state.view === "profile" && (entry || run.phase !== "running")) drawView(true);
  }
  drawRuns();
  drawTree();
};

const onOutput = event => {
  if (event.run !== state.run || event.end <= (state.shown ?? 0)) return;
  // What came with the state of the run is not printed again.
  const sizes = event.pieces.map(p => new TextEncoder().encode(p.text).length);
  let known = (state.shown ?? 0) - (event.end - sizes.reduce((a, b) => a + b, 0));
  state.shown = event.end;
  event.pieces.forEach((piece, i) => {
    const cut = Math.min(Math.max(known, 0), sizes[i]);
    if (cut) piece.text = new TextDecoder().decode(new TextEncoder().encode(piece.text).slice(cut));
    known -= sizes[i];
  });
  if (event.skipped) print("note", `\n… ${event.skipped.toLocaleString("en")} bytes left out …\n`);
  for (const piece of event.pieces) if (piece.text) print(piece.stream, piece.text);
};

const onEvent = async event => {
  if (event.type === "output") {
    if (state.held) state.held.push(event);
    else onOutput(event);
  } else if (event.type === "run") {
    await onRun(event.run, event.entry);
  } else if (event.type === "removed") {
    state.runs.delete(event.run);
    if (state.run === event.run) { state.run = null; await loadRun(); }
    drawRuns();
    drawTree();
  } else if (event.type === "files") {
    if (event.tree) await loadTree();
    const mine = event.changed.includes(state.path) || (state.check?.files ?? []).some(f => event.changed.includes(f));
    if (mine) await loadSource(true);
  }
};

const resync = async () => {
  const [{runs}] = await Promise.all([api("runs"), loadTree()]);
  state.runs = new Map(runs.reverse().map(r => [r.id, r]));
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (!state.path && state.programs.some(p => p.path === wanted)) await openProgram(wanted);
  else if (!state.path && state.programs.length === 1) await openProgram(state.programs[0].path);
  else { if (state.path) await loadSource(true); await loadRun(); }
  drawTree();
  drawBar();
  if (!state.path) { drawTabs(); await drawView(false); }
};

const live = (kind, text) => { $("live").className = `live ${kind}`; $("live").lastElementChild.textContent = text; };
const events = new EventSource("/api/events");
let queue = Promise.resolve();
const later = work => { queue = queue.then(work).catch(e => console.error(e)); };
events.addEventListener("hello", () => { live("on", "live"); later(resync); });
events.addEventListener("message", e => later(() => onEvent(JSON.parse(e.data))));
events.addEventListener("error", () => live("off", "not connected"));

// ---- the rest of the page ----

const divide = (bar, name, measure) => {
  const set = share => {
    const value = Math.min(Math.max(share, 12), 85);
    document.documentElement.style.setProperty(`--${name}`, `${value}%`);
    bar.setAttribute("aria-valuenow", String(Math.round(value)));
    store.set(name, value);
  };
  const saved = Number(store.get(name, 0));
  if (saved) set(saved);
  bar.addEventListener("pointerdown", e => {
    bar.setPointerCapture(e.pointerId);
    bar.onpointermove = move => set(measure(move));
    bar.onpointerup = () => { bar.onpointermove = null; };
  });
  bar.addEventListener("keydown", e => {
    const step = {ArrowLeft: -3, ArrowRight: 3, ArrowUp: 3, ArrowDown: -3}[e.key];
    if (step) { e.preventDefault(); set(Number(bar.getAttribute("aria-valuenow")) + step); }
  });
};
divide($("split"), "left", e => { const box = $("panes").getBoundingClientRect(); return 100 * (e.clientX - box.left) / box.width; });
divide($("level"), "low", e => { const box = document.querySelector("main").getBoundingClientRect(); return 100 * (box.bottom - e.clientY) / box.height; });

const themes = ["auto", "light", "dark"];
const setTheme = theme => {
  if (theme === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
  store.set("theme", theme);
  $("theme").title = `Colours: ${theme}`;
};
setTheme(store.get("theme", "auto"));
$("theme").addEventListener("click", () => setTheme(themes[(themes.indexOf(store.get("theme", "auto")) + 1) % themes.length]));
$("keys").addEventListener("click", () => $("help").showModal());

addEventListener("keydown", e => {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
  if ((e.ctrlKey || e.metaKey) && e.key === "Enter") { e.preventDefault(); start(); }
  else if ((e.ctrlKey || e.metaKey) && e.key === ".") { e.preventDefault(); stop(); }
  else if (e.altKey && /^[1-9]$/.test(e.key) && VIEWS[e.key - 1]) { e.preventDefault(); choose(VIEWS[e.key - 1][0]); }
  else if (!typing && e.key === "/") { e.preventDefault(); $("filter").focus(); }
  else if (!typing && e.key === "?") $("help").showModal();
});
drawRuns();
drawTabs();
