//! A load generator for HTTP/1.1 servers: `load URL [--connections N] [--seconds S] [--json]`.
//!
//! Each connection is kept open and sends its next request when it has the whole response to the one before. Everything
//! but a response of status 200 with a complete body is a failure; a connection that fails is opened anew.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Job {
    address: String,
    request: Vec<u8>,
    connections: usize,
    time: Duration,
    json: bool,
}

#[derive(Default)]
struct Outcome {
    micros: Vec<u32>,
    failures: u64,
    /// What the first failure was.
    first: Option<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(job) = job(&words) else {
        eprintln!("usage: load http://HOST:PORT/PATH [--connections N] [--seconds S] [--json]");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return ExitCode::FAILURE };
    let start = Instant::now();
    let mut all = runtime.block_on(run(&job, start));
    let seconds = start.elapsed().as_secs_f64();
    all.micros.sort_unstable();
    let at = |part: f64| all.micros.get((all.micros.len() as f64 * part) as usize).copied().unwrap_or(0);
    let (median, p99, per_second) = (at(0.5), at(0.99), all.micros.len() as f64 / seconds);
    let failures = all.failures;
    if job.json {
        println!(
            "{{\"requests\":{},\"seconds\":{seconds:.3},\"per_second\":{per_second:.0},\"median_us\":{median},\
             \"p99_us\":{p99},\"failures\":{failures}}}",
            all.micros.len()
        );
    } else {
        println!("{per_second:.0} requests/s, median {median} µs, p99 {p99} µs, {failures} failures");
    }
    if let Some(first) = all.first {
        eprintln!("first failure: {first}");
    }
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn job(words: &[String]) -> Option<Job> {
    let mut words = words.iter();
    let (mut url, mut connections, mut seconds, mut json) = (None, 32, 5.0, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--connections" => connections = words.next()?.parse().ok()?,
            "--seconds" => seconds = words.next()?.parse().ok()?,
            "--json" => json = true,
            other => url = Some(other),
        }
    }
    let rest = url?.strip_prefix("http://")?;
    let (address, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\n\r\n").into_bytes();
    let address = if address.contains(':') { address.to_string() } else { format!("{address}:80") };
    Some(Job { address, request, connections, time: Duration::try_from_secs_f64(seconds).ok()?, json })
}

async fn run(job: &Job, start: Instant) -> Outcome {
    let mut clients = Vec::new();
    for _ in 0..job.connections {
        let (address, request, end) = (job.address.clone(), job.request.clone(), start + job.time);
        clients.push(tokio::spawn(async move { client(&address, &request, end).await }));
    }
    let mut all = Outcome::default();
    for client in clients {
        if let Ok(outcome) = client.await {
            all.micros.extend_from_slice(&outcome.micros);
            all.failures += outcome.failures;
            all.first = all.first.or(outcome.first);
        }
    }
    all
}

async fn client(address: &str, request: &[u8], end: Instant) -> Outcome {
    let mut outcome = Outcome::default();
    while Instant::now() < end {
        if let Err(why) = requests(address, request, end, &mut outcome).await {
            outcome.failures += 1;
            outcome.first.get_or_insert(why);
            // A server that refuses connections is not asked more often than it helps.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    outcome
}

async fn requests(address: &str, request: &[u8], end: Instant, outcome: &mut Outcome) -> Result<(), String> {
    let mut stream = TcpStream::connect(address).await.map_err(|e| format!("connect: {e}"))?;
    stream.set_nodelay(true).map_err(|e| e.to_string())?;
    let mut buffer = vec![0; 64 << 10];
    while Instant::now() < end {
        let start = Instant::now();
        stream.write_all(request).await.map_err(|e| format!("write: {e}"))?;
        let exchange = response(&mut stream, &mut buffer);
        let more = tokio::time::timeout(Duration::from_secs(30), exchange).await.map_err(|_| "no response")??;
        outcome.micros.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
        if !more {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one response; whether the connection stays open.
async fn response(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<bool, String> {
    let mut have = 0;
    let head_end = loop {
        let read = stream.read(&mut buffer[have..]).await.map_err(|e| format!("read: {e}"))?;
        if read == 0 {
            return Err("closed before a response".into());
        }
        have += read;
        if let Some(at) = buffer[..have].windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap_or("").to_string();
    let field =
        |name: &str| head.lines().find_map(|l| Some(l.strip_prefix(name)?.strip_prefix(':')?.trim().to_string()));
    if field("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
        while !buffer[..have].ends_with(b"0\r\n\r\n") {
            // Only the end is of interest.
            let keep = have.min(8);
            buffer.copy_within(have - keep..have, 0);
            let read = stream.read(&mut buffer[keep..]).await.map_err(|e| format!("read: {e}"))?;
            if read == 0 {
                return Err("closed inside a response".into());
            }
            have = keep + read;
        }
    } else {
        let length: usize = field("content-length").and_then(|v| v.parse().ok()).ok_or("no length")?;
        let mut left = (head_end + length).saturating_sub(have);
        while left > 0 {
            let read = stream.read(buffer).await.map_err(|e| format!("read: {e}"))?;
            if read == 0 {
                return Err("closed inside a response".into());
            }
            left = left.saturating_sub(read);
        }
    }
    if status != "200" {
        return Err(format!("status {status}"));
    }
    Ok(field("connection").is_none_or(|v| v != "close"))
}
