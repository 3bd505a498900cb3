//! Horizontal bars as an SVG file, without any drawing library.

use std::fmt::Write as _;

const LEFT: f64 = 120.0;
const WIDTH: f64 = 480.0;
const STEP: f64 = 26.0;

/// A chart with one bar per row, longest row filling the width.
pub fn bars(title: &str, rows: &[(String, f64)]) -> String {
    let height = 44.0 + STEP * rows.len() as f64;
    let most = rows.iter().map(|r| r.1).fold(f64::MIN_POSITIVE, f64::max);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"8\" y=\"22\" font-size=\"14\">{}</text>\n",
        LEFT + WIDTH + 70.0,
        escape(title)
    );
    for (i, (name, value)) in rows.iter().enumerate() {
        let y = 36.0 + STEP * i as f64;
        let length = (WIDTH * value / most).max(1.0);
        let fill = if name.ends_with(" vm") { "#2b6cb0" } else { "#a0aec0" };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"18\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{value:.2}×</text>",
            LEFT - 8.0,
            y + 14.0,
            escape(name),
            LEFT + length + 6.0,
            y + 14.0
        );
    }
    out.push_str("</svg>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_width_and_names_are_escaped() {
        let svg = bars("t", &[("a<b".into(), 1.0), ("c".into(), 2.0)]);
        assert!(svg.contains("a&lt;b") && svg.contains("width=\"480.0\"") && svg.contains("width=\"240.0\""));
    }
}
