//! A program that goes on in an image, as the do-it that the front end compiles in its place: what the program says can
//! only be compiled when the image is there.

use alloc::string::String;

/// The do-it for a program of these files: names and texts.
#[must_use]
pub fn resume_source<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from("KernelInstaller _resume: {");
    for (name, text) in files {
        quote(name, &mut out);
        out.push_str(". ");
        quote(text, &mut out);
        out.push_str(". ");
    }
    out.push('}');
    out
}

fn quote(text: &str, out: &mut String) {
    out.push('\'');
    for c in text.chars() {
        if c == '\'' {
            out.push('\'');
        }
        out.push(c);
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted() {
        assert_eq!(resume_source([("a.rz", "'x' print.")]), "KernelInstaller _resume: {'a.rz'. '''x'' print.'. }");
        assert_eq!(resume_source([]), "KernelInstaller _resume: {}");
    }
}
