//! Profiles in the file format of <https://www.speedscope.app> (type "sampled").

use std::fmt::Write as _;

use motet::Profile;

use crate::json;

/// The document.
pub fn render(profile: &Profile, program: &str) -> String {
    let frames: Vec<String> = profile.frames.iter().enumerate().map(|(i, f)| frame(profile, i as u32, f)).collect();
    let mut samples = String::new();
    let mut weights = String::new();
    for (i, sample) in profile.samples.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let stack: Vec<String> = sample.stack.iter().map(u32::to_string).collect();
        // Writing to a string cannot fail.
        let _ = write!(samples, "{comma}[{}]", stack.join(","));
        let _ = write!(weights, "{comma}{}", sample.nanos);
    }
    let name = json::string(program);
    let end = profile.total_nanos();
    format!(
        "{{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n\
         \"exporter\":\"motet {}\",\n\"name\":{name},\n\"activeProfileIndex\":0,\n\
         \"shared\":{{\"frames\":[\n{}\n]}},\n\
         \"profiles\":[{{\"type\":\"sampled\",\"name\":{name},\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":{end},\n\
         \"samples\":[{samples}],\n\"weights\":[{weights}]}}]}}\n",
        env!("CARGO_PKG_VERSION"),
        frames.join(",\n"),
    )
}

fn frame(profile: &Profile, index: u32, frame: &motet::ProfileFrame) -> String {
    let function = profile.function_of(index);
    let mut out = format!("{{\"name\":{}", json::string(function.map_or("?", |f| &f.name)));
    if let Some(function) = function.filter(|f| !f.file.is_empty()) {
        let _ = write!(out, ",\"file\":{}", json::string(&function.file));
    }
    if frame.line > 0 {
        let _ = write!(out, ",\"line\":{},\"col\":{}", frame.line, frame.column);
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_fields_of_the_format() {
        let text = render(&super::super::tests::sample_profile(), "a.moon");
        for part in [
            "\"$schema\":\"https://www.speedscope.app/file-format-schema.json\"",
            "{\"name\":\"a<\\\"&\\u0001>\",\"file\":\"dir/a.moon\",\"line\":3,\"col\":3}",
            "\"type\":\"sampled\"",
            "\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":10000000",
            "\"samples\":[[0,1],[0,2],[0]]",
            "\"weights\":[3000000,6000000,1000000]",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
