//! Static files.
//!
//! Invariant: only files below the folder are ever opened: the path is refused if a part of it could lead elsewhere, and
//! what it leads to through links must be below the folder as well.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use hyper::body::Bytes;
use tokio::sync::mpsc;

use crate::content::Content;
use crate::request::percent_decoded;

/// Larger files are sent in pieces.
const WHOLE: u64 = 1 << 20;
/// Bytes of a piece.
const PIECE: usize = 64 << 10;

/// What a path leads to.
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A path that leads out of the folder, or is none.
    Forbidden,
    /// The client's copy is as good.
    Unchanged { etag: String },
    /// A file.
    File { kind: &'static str, etag: String, content: Content },
}

/// Looks a request's path up in a folder. `known` is the value of `If-None-Match`. May block.
pub(crate) fn find(folder: &str, path: &str, known: Option<&str>) -> Found {
    let Some(relative) = relative(path) else { return Found::Forbidden };
    // Files whose names begin with a dot are nobody's business; `.well-known` is made for it.
    if relative.iter().any(|part| part.starts_with('.') && part != ".well-known") {
        return Found::Nothing;
    }
    let Ok(root) = Path::new(if folder.is_empty() { "." } else { folder }).canonicalize() else {
        return Found::Nothing;
    };
    let mut target = root.join(relative.iter().collect::<PathBuf>());
    if target.is_dir() {
        target.push("index.html");
    }
    let target = match target.canonicalize() {
        Ok(target) if target.starts_with(&root) => target,
        Ok(_) => return Found::Forbidden,
        Err(e) if e.kind() == ErrorKind::PermissionDenied => return Found::Forbidden,
        Err(_) => return Found::Nothing,
    };
    open(&target, known).unwrap_or_else(|e| match e.kind() {
        ErrorKind::PermissionDenied => Found::Forbidden,
        _ => Found::Nothing,
    })
}

/// The parts of a path below the root; `None` if one could lead elsewhere on some system.
fn relative(path: &str) -> Option<Vec<String>> {
    let decoded = percent_decoded(path);
    let parts = decoded.split('/').filter(|part| !part.is_empty() && *part != ".");
    let safe =
        |part: &str| part != ".." && !part.contains(['\\', '\0', ':', '\u{fffd}']) && !part.contains(char::is_control);
    parts.map(|part| safe(part).then(|| part.to_string())).collect()
}

fn open(path: &Path, known: Option<&str>) -> std::io::Result<Found> {
    // A pipe would block whoever opens it.
    if !path.metadata()?.is_file() {
        return Ok(Found::Nothing);
    }
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let modified = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let length = metadata.len();
    let etag = format!("\"{:x}-{:x}-{length:x}\"", modified.as_secs(), modified.subsec_nanos());
    let matches = |tag: &str| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*";
    if known.is_some_and(|known| known.split(',').any(matches)) {
        return Ok(Found::Unchanged { etag });
    }
    let kind = content_type(path);
    if length <= WHOLE {
        let mut bytes = Vec::with_capacity(length as usize);
        // What is written to the file meanwhile belongs to the next request.
        file.take(length).read_to_end(&mut bytes)?;
        return Ok(Found::File { kind, etag, content: Content::of(bytes) });
    }
    let (sender, receiver) = mpsc::channel(2);
    std::thread::Builder::new().name("motet-file".into()).spawn(move || send(&mut file, length, &sender))?;
    Ok(Found::File { kind, etag, content: Content::Stream(receiver, Some(length)) })
}

fn send(file: &mut File, length: u64, sender: &mpsc::Sender<Bytes>) {
    let mut left = length;
    while left > 0 {
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        let read = match file.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        piece.truncate(read);
        left -= read as u64;
        // The client is gone.
        if sender.blocking_send(Bytes::from(piece)).is_err() {
            return;
        }
    }
}

/// Media type by extension.
fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "xml" => "application/xml",
        "txt" => "text/plain; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
