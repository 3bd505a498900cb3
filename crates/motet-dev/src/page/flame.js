// The flame graph: a box is a function, as wide as the time in it and in what it called; it stands on its caller.

import {duration, el} from "./views.js";

const ROW = 20;
const svg = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

// A warm colour that belongs to the name.
const colour = name => {
  if (name.startsWith("(")) return "#9fb8d0";
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619) >>> 0;
  return `hsl(${14 + hash % 34} ${78 + (hash >> 8) % 16}% ${62 + (hash >> 16) % 12}%)`;
};

export const flame = (host, profile, path, open, tip) => {
  const boxes = profile.boxes.map((b, i) => ({...b, i, children: []}));
  const root = {name: "all", nanos: profile.nanos, own: 0, i: -1, children: [], caller: null};
  for (const b of boxes) (b.caller === null ? root : boxes[b.caller]).children.push(b);
  let depth = 0;
  const open_ = [[root, 0]];
  while (open_.length) {
    const [b, d] = open_.pop();
    b.depth = d;
    depth = Math.max(depth, d);
    b.children.sort((x, y) => x.name < y.name ? -1 : 1);
    for (const c of b.children) { c.parent = b; open_.push([c, d + 1]); }
  }
  const title = el("span", {}, el("b", {}, duration(profile.nanos)), " in samples. A box is as wide as the time in a function and what it called; it stands on its caller.");
  const reset = el("button", {type: "button", class: "quiet", hidden: true, onclick: () => zoom(root)}, "Whole picture");
  host.append(el("div", {class: "flame-head"}, title, el("span", {class: "grow"}), reset));
  const frame = el("div", {class: "flame"});
  host.append(frame);
  let focus = root;
  let shapes = new Map();

  const label = b => b === root ? "all" : b.name;
  const about = b => `${label(b)}: ${(100 * b.nanos / Math.max(profile.nanos, 1)).toFixed(1)} %, ${duration(b.nanos)}`;

  const draw = () => {
    const width = Math.max(frame.clientWidth - 28, 200);
    const height = (depth + 1) * ROW;
    const picture = svg("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "group", "aria-label": "Flame graph"});
    shapes = new Map();
    const put = (b, x, w, dim) => {
      if (w < 0.6) return;
      const y = height - (b.depth + 1) * ROW;
      const room = Math.floor((w - 8) / 6.9);
      const name = label(b);
      const text = name.length <= room ? name : room < 3 ? "" : name.slice(0, room - 1) + "…";
      const g = svg("g", {tabindex: b === focus ? 0 : -1, role: "button", "aria-label": about(b)},
        svg("rect", {x, y, width: w, height: ROW - 1, fill: b === root ? "#cfcbe6" : colour(b.name)}),
        svg("text", {x: x + 5, y: y + 14}, text));
      if (dim) g.classList.add("dim");
      g.addEventListener("click", () => zoom(b));
      g.addEventListener("mousemove", e => tip(e, [label(b), `${(100 * b.nanos / Math.max(profile.nanos, 1)).toFixed(1)} % · ${duration(b.nanos)}, ${duration(b.own)} of it itself`, b.file ? `${b.file}${b.line ? `:${b.line}` : ""}` : ""]));
      g.addEventListener("mouseleave", () => tip(null));
      g.addEventListener("keydown", e => key(e, b));
      shapes.set(b, g);
      picture.append(g);
    };
    for (let up = focus.parent; up; up = up.parent) put(up, 0, width, true);
    const scale = focus.nanos ? width / focus.nanos : 0;
    const todo = [[focus, 0]];
    while (todo.length) {
      const [b, x] = todo.pop();
      put(b, x, b === focus ? width : b.nanos * scale, false);
      let edge = x;
      for (const c of b.children) { todo.push([c, edge]); edge += c.nanos * scale; }
    }
    frame.replaceChildren(picture);
  };

  const zoom = b => {
    const had = frame.contains(document.activeElement);
    focus = b;
    reset.hidden = b === root;
    draw();
    if (had) shapes.get(b)?.focus();
  };

  const key = (e, b) => {
    const siblings = b.parent?.children ?? [b];
    const to = {
      ArrowUp: () => b.children.reduce((m, c) => !m || c.nanos > m.nanos ? c : m, null),
      ArrowDown: () => b.parent,
      ArrowLeft: () => siblings[siblings.indexOf(b) - 1],
      ArrowRight: () => siblings[siblings.indexOf(b) + 1],
    }[e.key];
    if (to) {
      e.preventDefault();
      shapes.get(to())?.focus();
    } else if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      zoom(b);
    } else if (e.key === "Escape") {
      zoom(root);
    }
  };

  draw();
  let width = frame.clientWidth;
  const watch = new ResizeObserver(() => {
    if (!frame.isConnected) watch.disconnect();
    else if (Math.abs(frame.clientWidth - width) > 2) { width = frame.clientWidth; draw(); }
  });
  watch.observe(frame);

  const table = el("table", {}, el("caption", {}, "Lines that took the most time themselves"),
    el("thead", {}, el("tr", {}, ...["Line", "Function", "Time", "Share", ""].map(h => el("th", {scope: "col"}, h)))));
  const body = el("tbody");
  for (const l of profile.lines.slice(0, 15)) {
    const share = l.nanos / Math.max(profile.nanos, 1);
    const meter = el("span", {class: "meter"});
    meter.style.width = `${Math.max(2, 140 * share)}px`;
    const place = l.line ? `${l.file}:${l.line}` : l.file ?? "";
    body.append(el("tr", {}, el("td", {}, l.line ? el("a", {href: "#source", onclick: e => { e.preventDefault(); open(l.file, l.line); }}, place) : place),
      el("td", {}, l.function ?? ""), el("td", {class: "num"}, duration(l.nanos)), el("td", {class: "num"}, `${(100 * share).toFixed(1)} %`), el("td", {}, meter)));
  }
  table.append(body);
  host.append(table);
};
