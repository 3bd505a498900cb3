//! A game loop: scripts decide, the host draws and owns the ship. `update` is called in each frame, and somebody edits it
//! while the game runs; the story runs beside it, a slice per frame, as if it were alone.
//! `cargo run -p motet --example game`.

use motet::{
    CaptureHost, CompileOptions, Config, Engine, Error, HostModule, Isolate, Methods, NoLoader, Object, Program,
    Progress, Request, UserData,
};

/// Work that the story may do in a frame.
const SLICE: u64 = 2_000;

struct Ship {
    x: f64,
    fuel: f64,
}

impl UserData for Ship {
    const NAME: &'static str = "Ship";

    fn methods(methods: &mut Methods<Self>) {
        methods
            .method("thrust", |_, ship, (amount,): (f64,)| {
                if amount > ship.fuel {
                    return Err("out of fuel".into());
                }
                ship.fuel -= amount;
                ship.x += amount * 10.0;
                Ok(ship.fuel)
            })
            .getter("x", |ship| ship.x);
    }
}

const BEHAVIOUR: &str = r#"
mut seconds := 0.0
mut warned := false

func update(dt) {
    seconds = seconds + dt
    try {
        ship().thrust(dt)
    } except e {
        if !warned { print("update: " + e.message) }
        warned = true
    }
    return ship().x
}
"#;

const STORY: &str = r#"
func story() {
    print("story: off we go")
    while ship().x < 0.5 { pause() }
    print("story: half way")
    mut thoughts := 0
    while thoughts < 10000 { thoughts = thoughts + 1 }
    print("story: after " + to_string(thoughts) + " thoughts")
    return "the end"
}
"#;

/// A program that can be replaced while it runs.
fn live(isolate: &Isolate, text: &str) -> Result<Program, Error> {
    let engine = isolate.engine();
    let mut options = CompileOptions { live: true, ..CompileOptions::default() };
    options.frontend.host = isolate.host_functions().to_vec();
    engine.compile_with(engine.language("ruff")?, "behaviour.ruff", text, &mut NoLoader, &options)
}

/// Plays ten frames; what happened, line by line.
pub fn game() -> Result<String, Error> {
    let ship = Object::new(Ship { x: 0.0, fuel: 0.1 });
    let mut host = HostModule::new();
    let shared = ship.clone();
    host.userdata::<Ship>()
        .function("ship", move |_, (): ()| Ok(shared.clone()))
        .function("pause", |_, (): ()| Ok(Request::sleep(5_000_000)));
    let (console, output) = CaptureHost::new();
    let mut isolate = Engine::new().isolate(Config::new(console).module(host));
    let program = live(&isolate, BEHAVIOUR)?;
    let behaviour = isolate.register("behaviour", &program)?;
    isolate.execute(behaviour, "")?;
    isolate.eval::<()>("ruff", "story.ruff", STORY)?;
    isolate.start_call("story", ())?;
    let mut log = String::new();
    for frame in 0..10 {
        // Two versions come from the editor. The first is no program: the game goes on with the old one.
        let edited = match frame {
            3 => Some(BEHAVIOUR.replace("func", "fnuc")),
            4 => Some(BEHAVIOUR.replace("thrust(dt)", "thrust(dt / 2.0)")),
            _ => None,
        };
        if let Some(text) = edited {
            match live(&isolate, &text).and_then(|program| isolate.reload(behaviour, &program)) {
                Ok(report) => log += &format!("version {}: {} changed\n", report.version, report.changed.join(", ")),
                Err(_) => log += "the new version has errors\n",
            }
        }
        // A frame that computes for too long is stopped, not the game.
        isolate.refuel(100_000);
        match isolate.call::<_, f64>((behaviour, "update"), (0.016,)) {
            Ok(x) => log += &format!("frame {frame}: x = {x:.2}\n"),
            Err(e) => log += &format!("frame {frame}: {e}\n"),
        }
        if isolate.is_paused()
            && let Progress::Done(end) = isolate.step(SLICE)?
        {
            log += &format!("frame {frame}: {}\n", isolate.open::<String>(&end)?);
        }
        log += &String::from_utf8_lossy(&output.take_out());
    }
    let left = ship.try_lock()?.fuel;
    let seconds: f64 = isolate.get(behaviour, "seconds")?;
    log += &format!("{left:.3} of fuel left after {seconds:.3} s\n");
    Ok(log)
}

#[allow(dead_code)]
fn main() -> Result<(), Error> {
    print!("{}", game()?);
    Ok(())
}
