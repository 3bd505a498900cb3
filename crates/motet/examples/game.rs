//! A game loop: the script keeps the state and moves things, the host draws and owns the ship.
//! `cargo run -p motet --example game`.

use motet::{Config, Engine, Error, HostModule, Methods, Object, StdHost, UserData};

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

const SCRIPT: &str = r#"
mut seconds := 0.0
mut warned := false

func update(dt) {
    seconds = seconds + dt
    try {
        ship().thrust(dt)
    } except e {
        if !warned { print("script: " + e.message) }
        warned = true
    }
    return ship().x
}
"#;

fn main() -> Result<(), Error> {
    let ship = Object::new(Ship { x: 0.0, fuel: 0.1 });
    let mut host = HostModule::new();
    let shared = ship.clone();
    host.userdata::<Ship>().function("ship", move |_, (): ()| Ok(shared.clone()));
    let mut isolate = Engine::new().isolate(Config::new(StdHost::default()).module(host));
    let program = isolate.compile("ruff", "game.ruff", SCRIPT)?;
    let module = isolate.load(&program)?;
    isolate.run(module)?;
    let update = isolate.function(module, "update").expect("the script has it");
    for frame in 0..10 {
        // A frame that computes for too long is stopped, not the game.
        isolate.refuel(10_000);
        match isolate.call::<_, f64>(&update, (0.016,)) {
            Ok(x) => println!("frame {frame}: x = {x:.2}"),
            Err(e) => println!("frame {frame}: {e}"),
        }
    }
    let left = ship.try_lock()?.fuel;
    println!("{left:.3} of fuel left after {:.3} s", isolate.get::<f64>(module, "seconds")?);
    Ok(())
}
