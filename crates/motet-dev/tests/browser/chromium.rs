//! Headless Chromium, driven over its debugging pipe: no further tool is needed.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

/// Long enough for the busiest machine.
const LONG: Duration = Duration::from_secs(60);

/// The browser, if the machine has one.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os("MOTET_BROWSER").map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|f| names.map(|n| f.join(n))).find(|p| p.is_file());
    named.or(found)
}

/// One page of one browser.
pub struct Page {
    child: Child,
    folder: PathBuf,
    to: File,
    from: Receiver<Value>,
    session: String,
    number: u64,
    /// What the page complained about.
    pub complaints: Vec<String>,
}

impl Page {
    /// Starts a browser with an empty page of this size.
    pub fn new(browser: &Path, folder: &Path, width: u32, height: u32) -> Page {
        let folder = folder.to_path_buf();
        fs::create_dir_all(&folder).expect("a folder for the browser");
        let (input, output) = (folder.join("in"), folder.join("out"));
        let made = Command::new("mkfifo").args([&input, &output]).status().expect("mkfifo runs");
        assert!(made.success(), "no pipes");
        let child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<"$IN" 4>"$OUT""#, "sh"])
            .arg(browser)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--hide-scrollbars"])
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("--window-size={width},{height}"))
            .arg("about:blank")
            .env("IN", &input)
            .env("OUT", &output)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        // In the order in which the shell opens its ends.
        let to = OpenOptions::new().write(true).open(&input).expect("the pipe");
        let back = File::open(&output).expect("the pipe");
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(back).split(0).map_while(Result::ok) {
                let Ok(value) = serde_json::from_slice(&message) else { continue };
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut page = Page { child, folder, to, from, session: String::new(), number: 0, complaints: Vec::new() };
        let target = page.send("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = json!({ "targetId": target["targetId"], "flatten": true });
        page.session = page.send("Target.attachToTarget", attached)["sessionId"].as_str().expect("a session").into();
        for domain in ["Page", "Runtime", "Log"] {
            page.send(&format!("{domain}.enable"), json!({}));
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        page.send("Emulation.setDeviceMetricsOverride", size);
        page
    }

    /// Sends a command and waits for its result.
    pub fn send(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser listens");
        let end = Instant::now() + LONG;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let answer = self.from.recv_timeout(left).unwrap_or_else(|_| panic!("no answer to {method}"));
            if answer["id"] == self.number {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            match answer["method"].as_str() {
                Some("Runtime.exceptionThrown") => {
                    self.complaints.push(answer["params"]["exceptionDetails"].to_string());
                }
                Some("Log.entryAdded") if answer["params"]["entry"]["level"] == "error" => {
                    self.complaints.push(answer["params"]["entry"].to_string());
                }
                _ => {}
            }
        }
    }

    /// Opens an address.
    pub fn open(&mut self, url: &str) {
        self.send("Page.navigate", json!({ "url": url }));
    }

    /// Value of an expression in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.send("Runtime.evaluate", params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub fn wait(&mut self, expression: &str) {
        let end = Instant::now() + LONG;
        while self.eval(&format!("Boolean({expression})")) != true {
            if Instant::now() > end {
                let text = self.eval("document.body.innerText");
                panic!("never true: {expression}\ncomplaints: {:?}\npage: {}", self.complaints, text);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Clicks the element of a selector in its middle, as a person would.
    pub fn click(&mut self, selector: &str) {
        let quoted = json!(selector);
        self.wait(&format!("document.querySelector({quoted})"));
        let at = self.eval(&format!(
            "(e => {{ e.scrollIntoView({{block: 'nearest'}}); const r = e.getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})(document.querySelector({quoted}))"
        ));
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let params = json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1 });
            self.send("Input.dispatchMouseEvent", params);
        }
    }

    /// Moves the pointer over an element.
    pub fn hover(&mut self, expression: &str) {
        let at = self.eval(&format!(
            "(e => {{ e.scrollIntoView({{block: 'nearest'}}); const r = e.getBoundingClientRect(); \
             return [r.x + Math.min(60, r.width / 2), r.y + r.height / 2]; }})({expression})"
        ));
        self.send("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": at[0], "y": at[1] }));
    }

    /// Presses a key; `modifiers`: 1 Alt, 2 Control, 8 Shift.
    pub fn key(&mut self, key: &str, modifiers: u32) {
        let mut params = json!({ "type": "rawKeyDown", "key": key, "code": key, "modifiers": modifiers });
        if key == "Enter" {
            (params["windowsVirtualKeyCode"], params["type"], params["text"]) =
                (13.into(), "keyDown".into(), "\r".into());
        }
        self.send("Input.dispatchKeyEvent", params.clone());
        params["type"] = "keyUp".into();
        self.send("Input.dispatchKeyEvent", params);
    }

    /// Types text into what has the focus.
    pub fn text(&mut self, text: &str) {
        self.send("Input.insertText", json!({ "text": text }));
    }

    /// Chooses light or dark.
    pub fn scheme(&mut self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.send("Emulation.setEmulatedMedia", features);
    }

    /// Saves a picture of the page, if the environment names a folder for pictures.
    pub fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("MOTET_PICTURES").map(PathBuf::from) else { return };
        fs::create_dir_all(&folder).expect("a folder for pictures");
        let picture = self.send("Page.captureScreenshot", json!({ "format": "png" }));
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture["data"].as_str().expect("a picture"));
        fs::write(folder.join(format!("{name}.png")), bytes.expect("base64")).expect("saved");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
