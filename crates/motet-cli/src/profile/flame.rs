//! Flame graphs: one SVG file that needs nothing else.
//!
//! A box is a function, as wide as the time in it and in what it called; boxes
//! stand on the box of their caller. On top of a function stand, in a lighter
//! colour, the lines on which it ran itself. Clicking a box in a browser
//! widens it to the whole width.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use motet::Profile;

use super::{duration, file_name};

/// Sizes in pixels.
const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 10.0;
const ROW: f64 = 17.0;
const HEAD: f64 = 48.0;
/// Mean width of a character.
const CHARACTER: f64 = 6.6;
/// Boxes narrower than this are left out.
const LEAST: f64 = 0.1;

/// A function, called from one stack of callers.
#[derive(Default)]
struct Node {
    function: u32,
    total: u64,
    /// Own time by frame.
    lines: BTreeMap<u32, u64>,
    children: BTreeMap<u32, usize>,
}

/// The document.
pub fn render(profile: &Profile, program: &str) -> String {
    let (nodes, depth) = tree(profile);
    let total = nodes[0].total;
    let height = HEAD + (depth as f64 + 2.0) * ROW + MARGIN;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">\n\
         <style>text{{font:12px monospace;pointer-events:none}} g{{cursor:pointer}} g:hover rect{{stroke:#000}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{MARGIN}\" y=\"20\" font-weight=\"bold\">{}</text>\n\
         <text x=\"{MARGIN}\" y=\"38\">{} in samples; a box is as wide as the time in a function and what it called</text>\n",
        escape(program),
        duration(total),
    );
    // Box of the node, its left edge and its row; rows grow upwards.
    let mut open = vec![(0_usize, MARGIN, 0_usize)];
    let scale = if total == 0 { 0.0 } else { (WIDTH - 2.0 * MARGIN) / total as f64 };
    let mut draw = |left: f64, row: usize, nanos: u64, label: &str, colour: &str| {
        let width = nanos as f64 * scale;
        if width < LEAST {
            return;
        }
        let y = height - MARGIN - (row as f64 + 1.0) * ROW;
        let share = 100.0 * nanos as f64 / total.max(1) as f64;
        let _ = writeln!(
            out,
            "<g><title>{0} — {share:.1} %, {1}</title><rect x=\"{left:.2}\" y=\"{y:.1}\" width=\"{width:.2}\" height=\"{2:.1}\" \
             rx=\"1\" fill=\"{colour}\"/><text x=\"{3:.2}\" y=\"{4:.1}\">{5}</text></g>",
            escape(label),
            duration(nanos),
            ROW - 1.0,
            left + 3.0,
            y + 12.5,
            escape(&fitting(label, width)),
        );
    };
    while let Some((at, left, row)) = open.pop() {
        let node = &nodes[at];
        if at == 0 {
            draw(left, row, total, "all", "#ddd");
        } else if let Some(function) = profile.functions.get(node.function as usize) {
            let place = if function.file.is_empty() { "" } else { file_name(&function.file) };
            let label = if place.is_empty() { function.name.clone() } else { format!("{} ({place})", function.name) };
            draw(left, row, node.total, &label, &colour(&function.name));
        }
        let mut edge = left;
        for &child in node.children.values() {
            open.push((child, edge, row + 1));
            edge += nodes[child].total as f64 * scale;
        }
        for (&frame, &nanos) in &node.lines {
            if let (Some(function), Some(line)) = (profile.function_of(frame), profile.frames.get(frame as usize))
                && line.line > 0
            {
                draw(edge, row + 1, nanos, &format!("{}:{}", file_name(&function.file), line.line), "#f6edc8");
            }
            edge += nanos as f64 * scale;
        }
    }
    let _ = write!(out, "<script><![CDATA[{SCRIPT}]]></script>\n</svg>\n");
    out
}

/// Calls merged by function; the first node is the root. Also the number of rows above it.
fn tree(profile: &Profile) -> (Vec<Node>, usize) {
    let mut nodes = vec![Node::default()];
    let mut depth = 0;
    for sample in &profile.samples {
        depth = depth.max(sample.stack.len());
        let mut at = 0;
        nodes[at].total += sample.nanos;
        for frame in &sample.stack {
            let Some(function) = profile.frames.get(*frame as usize).map(|f| f.function) else { continue };
            let fresh = nodes.len();
            let next = *nodes[at].children.entry(function).or_insert(fresh);
            if next == fresh {
                nodes.push(Node { function, ..Node::default() });
            }
            nodes[next].total += sample.nanos;
            at = next;
        }
        if let Some(&frame) = sample.stack.last() {
            *nodes[at].lines.entry(frame).or_insert(0) += sample.nanos;
        }
    }
    (nodes, depth)
}

/// As much of a label as fits.
fn fitting(label: &str, width: f64) -> String {
    let room = ((width - 6.0) / CHARACTER).max(0.0) as usize;
    if label.chars().count() <= room {
        return label.to_string();
    }
    if room < 3 {
        return String::new();
    }
    let mut cut: String = label.chars().take(room - 1).collect();
    cut.push('…');
    cut
}

/// A warm colour that belongs to the name.
fn colour(name: &str) -> String {
    if name.starts_with('(') {
        return "#9fb8d0".into();
    }
    let hash = name.bytes().fold(2_166_136_261_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(16_777_619));
    format!("#{:02x}{:02x}{:02x}", 205 + hash % 50, 95 + (hash >> 8) % 110, 55 + (hash >> 16) % 40)
}

/// Text for XML; characters that XML cannot hold are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Widens the clicked box: its callers fill the width, what it called grows with it, the rest disappears.
const SCRIPT: &str = r#"
const all = [...document.querySelectorAll("g")].map(g => {
  const r = g.querySelector("rect"), t = g.querySelector("text");
  return {g, r, t, x: +r.getAttribute("x"), w: +r.getAttribute("width"), y: +r.getAttribute("y"),
          label: g.querySelector("title").textContent.split(" — ")[0]};
});
const left = 10, width = 1180;
for (const on of all) on.g.addEventListener("click", () => {
  for (const o of all) {
    const caller = o.y > on.y && o.x <= on.x + 0.01 && o.x + o.w >= on.x + on.w - 0.01;
    const inside = o.x >= on.x - 0.01 && o.x + o.w <= on.x + on.w + 0.01 && o.y <= on.y;
    o.g.style.display = caller || inside ? "" : "none";
    if (!caller && !inside) continue;
    const x = caller ? left : left + (o.x - on.x) / on.w * width;
    const w = caller ? width : o.w / on.w * width;
    o.r.setAttribute("x", x); o.r.setAttribute("width", w); o.t.setAttribute("x", x + 3);
    const room = Math.floor((w - 6) / 6.6);
    o.t.textContent = o.label.length <= room ? o.label : room < 3 ? "" : o.label.slice(0, room - 1) + "…";
  }
});
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_name_functions_and_lines_with_their_shares() {
        let text = render(&super::super::tests::sample_profile(), "a & b");
        for part in [
            ">a &amp; b</text>",
            "<title>all — 100.0 %, 10.0 ms</title>",
            "<title>main (a.moon) — 100.0 %, 10.0 ms</title>",
            "<title>a&lt;&quot;&amp;\u{fffd}&gt; (a.moon) — 90.0 %, 9.0 ms</title>",
            "<title>a.moon:3 — 60.0 %, 6.0 ms</title>",
            "<title>a.moon:9 — 10.0 %, 1.0 ms</title>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(text.matches("<g>").count(), text.matches("</g>").count());
    }

    #[test]
    fn a_profile_without_samples_is_a_graph_without_boxes() {
        let text = render(&Profile::default(), "a");
        assert!(text.starts_with("<?xml") && text.ends_with("</svg>\n") && !text.contains("<g>"), "{text}");
    }

    #[test]
    fn labels_are_cut_to_the_width_of_their_box() {
        let check = |width: f64, expected: &str| assert_eq!(fitting("function", width), expected);
        check(100.0, "function");
        check(40.0, "func…");
        check(10.0, "");
    }
}
