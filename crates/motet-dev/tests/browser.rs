//! The page as a person uses it, in headless Chromium. Skipped, and said so, where there is no browser
//! (`scripts/install-browser.sh` installs one). `MOTET_PICTURES=DIR` keeps pictures of what was seen.

#[path = "browser/chromium.rs"]
mod chromium;

use std::fs;
use std::path::PathBuf;
use std::thread;

use motet::Capabilities;
use motet_dev::{Options, Server, Stopper};

use chromium::Page;

/// A folder of programs, served.
struct Site {
    folder: PathBuf,
    stopper: Stopper,
    thread: Option<thread::JoinHandle<()>>,
    url: String,
}

impl Site {
    fn new(name: &str, files: &[(&str, &str)]) -> Site {
        let folder = std::env::temp_dir().join(format!("motet-page-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let path = folder.join("orchestra").join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let options = Options { folder: folder.join("orchestra"), port: 0, capabilities: Capabilities::ALL };
        let (server, stopper) = Server::new(&options).expect("a server");
        let url = server.url();
        let thread = thread::spawn(move || server.run());
        Site { folder, stopper, thread: Some(thread), url }
    }

    fn save(&self, file: &str, text: &str) {
        fs::write(self.folder.join("orchestra").join(file), text).expect("saved");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
        let _ = self.thread.take().map(thread::JoinHandle::join);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn page(name: &str) -> Option<Page> {
    let Some(browser) = chromium::find() else {
        eprintln!("SKIPPED: no Chromium on this machine (looked for chromium, google-chrome, $MOTET_BROWSER);");
        eprintln!("         scripts/install-browser.sh installs it");
        return None;
    };
    let folder = std::env::temp_dir().join(format!("motet-browser-{name}-{}", std::process::id()));
    Some(Page::new(&browser, &folder, 1440, 900))
}

const CLOCK: &str = "\
# A clock that never stops: save another text, and it goes on with it.
count := 0

func tick(n) {
    word := \"tick\"
    if n % 2 == 0 {
        word = \"tock\"
    }
    return word
}

while true {
    count = count + 1
    print(tick(count), count)
    sleep(20)
}
";

const WORK: &str = "\
fn fib(n: Int) -> Int {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

fn collatz(start: Int) -> Int {
    let n = start;
    let steps = 0;
    while n != 1 {
        if n % 2 == 0 { n = n / 2; } else { n = 3 * n + 1; }
        steps += 1;
    }
    steps
}

fn longest(limit: Int) -> Int {
    let best = 0;
    let i = 1;
    while i < limit {
        let steps = collatz(i);
        if steps > best { best = steps; }
        i += 1;
    }
    best
}

print(fib(24));
print(longest(20000));
";

#[test]
fn a_program_is_run_reloaded_and_looked_into() {
    let Some(mut page) = page("run") else { return };
    let site = Site::new(
        "run",
        &[
            ("clock.ruff", CLOCK),
            ("work/numbers.moon", WORK),
            ("work/echo.ruff", "while true { name := input(\"\")\n print(\"hello\", name) }\n"),
            ("broken/half.moon", "fn f(n: Int) -> Int { n + true }\nprint(f(1)\n"),
        ],
    );
    page.scheme("light");
    page.open(&site.url);
    page.wait("document.querySelector('.live.on')");
    page.wait("document.querySelectorAll('[data-path]').length === 4");
    assert_eq!(page.eval("location.search"), "", "the token stays out of the address");
    page.picture("1-start");

    // Opening shows the source and its instructions.
    page.click("[data-path='clock.ruff']");
    page.wait("document.querySelectorAll('#source .row').length === 16");
    page.wait("document.querySelectorAll('#view .func').length >= 2");
    // Running shows output as it comes.
    page.click("#run");
    page.wait("document.querySelector('#output').innerText.includes('tick 3')");
    page.wait("document.querySelector('#phase').innerText.includes('running')");
    // The line under the pointer and its instructions belong together.
    page.hover("[...document.querySelectorAll('#source .row')][6]");
    page.wait("document.querySelector('#view .row.linked')");
    page.picture("2-running");
    page.hover("[...document.querySelectorAll('#view .row')].find(r => r.textContent.includes('tock'))");
    page.wait("document.querySelector('#source .row.linked[data-line=\"7\"]')");

    // A save is seen at once, and the program goes on with the new text.
    site.save("clock.ruff", &CLOCK.replace("tock", "TOCK"));
    page.wait("document.querySelector('#output').innerText.includes('TOCK')");
    page.wait("document.querySelector('#source').innerText.includes('TOCK')");
    page.wait("document.querySelector('#output .swap').innerText.startsWith('reloaded clock.ruff in')");
    // Half of a save changes nothing but what is shown about it.
    site.save("clock.ruff", &CLOCK.replace("return word", "return (word"));
    page.wait("document.querySelector('#tab-problems .count')");
    page.wait("document.querySelector('#source .hint')");
    page.wait("document.querySelector('#output .swap.refused')");
    page.click("#tab-problems");
    page.wait("document.querySelector('#view .card pre')");
    page.picture("3-refused");
    site.save("clock.ruff", &CLOCK.replace("tock", "tack"));
    page.wait("document.querySelector('#output').innerText.includes('tack')");
    page.wait("!document.querySelector('#tab-problems .count')");
    page.click("#tab-history");
    page.wait("document.querySelectorAll('#view .line-of-time > .reloaded').length === 2");
    page.wait("document.querySelectorAll('#view .line-of-time > .refused').length === 1");
    page.picture("4-history");
    page.click("#stop");
    page.wait("document.querySelector('#phase').innerText === 'stopped'");
    page.click("#tab-stats");
    page.wait("document.querySelectorAll('#view .figure').length > 8");
    page.picture("5-figures");

    // Input reaches a program; arguments and keys work.
    page.click("[data-path='work/echo.ruff']");
    page.wait("document.querySelector('#source').innerText.includes('hello')");
    page.key("Enter", 2);
    page.wait("!document.querySelector('#line').disabled");
    page.click("#line");
    page.text("Ada");
    page.key("Enter", 0);
    page.wait("document.querySelector('#output').innerText.includes('hello Ada')");

    // A profile is a picture, which can be zoomed.
    page.click("[data-path='work/numbers.moon']");
    page.wait("document.querySelector('#source').innerText.includes('collatz')");
    page.click("#profile");
    page.click("#run");
    page.wait("document.querySelector('#phase').innerText.startsWith('ended')");
    page.wait("document.querySelector('#output').innerText.trim() === '46368\\n278'");
    page.click("#tab-profile");
    page.wait("document.querySelectorAll('#view .flame g').length > 2");
    page.wait("document.querySelector('#view .flame g[aria-label^=\"collatz: \"]')");
    page.picture("6-flame");
    page.eval(
        "document.querySelector('#view .flame g[aria-label^=\"collatz: \"]').dispatchEvent(new MouseEvent('click'))",
    );
    page.wait("document.querySelector('#view .flame g.dim')");
    page.wait("document.querySelector('#view table td a')");
    // The dark page, with instructions.
    page.scheme("dark");
    page.click("#tab-bytecode");
    page.wait("document.querySelector('#view .func')");
    page.hover("[...document.querySelectorAll('#source .row')][4]");
    page.wait("document.querySelector('#view .row.linked')");
    page.picture("7-dark");
    for (view, part) in [("ast", "collatz"), ("ir", "collatz"), ("opt", "collatz"), ("regcode", "collatz")] {
        page.click(&format!("#tab-{view}"));
        page.wait(&format!("document.querySelector('#view[data-view={view}]')?.innerText.includes('{part}')"));
    }
    page.picture("8-registers");
    // Problems of a program that never compiled.
    page.click("[data-path='broken/half.moon']");
    page.wait("document.querySelector('#source .hint')");
    page.click("#tab-problems");
    page.wait("document.querySelector('#view .card')");
    page.picture("9-broken");

    // New files appear without being asked for.
    site.save("new.moon", "print(1)");
    page.wait("document.querySelector('[data-path=\"new.moon\"]')");
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[test]
fn everything_can_be_reached_with_the_keyboard() {
    let Some(mut page) = page("keys") else { return };
    let site = Site::new("keys", &[("a.ruff", "print(\"from a\")\nprint(2)\n"), ("deep/b.moon", "print(\"from b\")")]);
    page.open(&site.url);
    page.wait("document.querySelectorAll('[data-path]').length === 2");
    // The filter finds, Enter opens the first one.
    page.key("/", 0);
    page.wait("document.activeElement.id === 'filter'");
    page.text("b.mo");
    page.wait("document.querySelectorAll('[data-path]').length === 1");
    page.key("Enter", 0);
    page.wait("document.querySelector('#path').innerText === 'deep/b.moon'");
    page.key("Enter", 2);
    page.wait("document.querySelector('#output').innerText.includes('from b')");
    page.key("Escape", 0);
    // The tree is walked with arrows.
    page.wait("document.querySelectorAll('[data-path]').length === 2");
    page.key("ArrowDown", 0);
    page.wait("document.activeElement.dataset.key === 'deep/'");
    page.key("ArrowLeft", 0);
    page.wait("document.activeElement.getAttribute('aria-expanded') === 'false'");
    page.key("ArrowDown", 0);
    page.key("Enter", 0);
    page.wait("document.querySelector('#path').innerText === 'a.ruff'");
    // The source is walked by lines, and the instructions follow.
    page.wait("document.querySelector('#source').innerText.includes('from a')");
    page.wait("document.querySelector('#view').innerText.includes('from a')");
    page.eval("document.querySelector('#source').focus()");
    page.key("ArrowDown", 0);
    page.key("ArrowDown", 0);
    page.wait("document.querySelector('#source .row.at').dataset.line === '2'");
    page.wait("document.querySelector('#view .row.linked')");
    page.key("3", 1);
    page.wait("document.querySelector('#view').dataset.view === 'ast'");
    // What can be pressed has a name.
    let nameless = "[...document.querySelectorAll('button, input, [role=tab], [role=separator]')]
        .filter(e => !(e.innerText || e.ariaLabel || e.getAttribute('aria-label') || e.labels?.length || e.title)).length";
    assert_eq!(page.eval(nameless), 0);
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[test]
fn hostile_programs_cannot_harm_the_page() {
    let Some(mut page) = page("hostile") else { return };
    let markup = "<img src=x onerror=alert(1)><script>document.title='gone'</script>";
    let program =
        format!("# {markup}\nprint(\"{markup}\")\nfor i in range(0, 200000) {{ print(i) }}\nprint(\"end\")\n");
    let site =
        Site::new("hostile", &[("<b>x.ruff", &program), ("endless.ruff", "while true { print(\"more and more\") }")]);
    page.open(&site.url);
    page.wait("document.querySelectorAll('[data-path]').length === 2");
    page.click("[data-path='<b>x.ruff']");
    page.wait("document.querySelector('#source').innerText.includes('onerror')");
    page.click("#run");
    page.wait("document.querySelector('#phase').innerText.startsWith('ended')");
    page.wait("document.querySelector('#output').textContent.endsWith('end\\n')");
    assert_eq!(page.eval("document.querySelectorAll('main img, main script').length"), 0);
    // A flood of output leaves the page usable, and can be stopped.
    page.click("[data-path='endless.ruff']");
    page.click("#run");
    page.wait("document.querySelector('#output').innerText.includes('more and more')");
    page.click("#stop");
    page.wait("document.querySelector('#phase').innerText === 'stopped'");
    assert!(page.eval("document.querySelector('#output').textContent.length").as_u64().is_some_and(|n| n < 1_000_000));
    assert_eq!(page.complaints, Vec::<String>::new());
}
