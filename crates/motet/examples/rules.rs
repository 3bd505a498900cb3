//! A rules engine: customers' rules decide about orders, each within limits of its own. A hostile rule is stopped, and
//! the next one runs. `cargo run -p motet --example rules`.

use std::collections::BTreeMap;

use motet::{Config, Engine, Error, HostModule, Isolate, Limits, NullHost};

/// Work that one rule may do for one order.
const FUEL: u64 = 50_000;

const RULES: &[(&str, &str)] = &[
    ("large orders", "func decide(order) { return order[\"total\"] > limit_for(order[\"customer\"]) }"),
    ("endless", "func decide(order) { while true { } }"),
    ("greedy", "func decide(order) { mut s := \"x\"\n while true { s = s + s } }"),
    ("deep", "func decide(order) { return decide(order) }"),
    ("curious", "func decide(order) { return len(read_file(\"/etc/passwd\")) > 0 }"),
    ("broken", "func decide(order) { return order[\"total\"] / 0 > 1 }"),
    ("small orders", "func decide(order) { return order[\"total\"] < 10 }"),
];

/// An isolate for one rule: nothing is shared between rules, and nothing of the system is reachable.
fn isolate(engine: &Engine) -> Isolate {
    let mut host = HostModule::new();
    let limits = BTreeMap::from([("ann", 100), ("bob", 5_000)]);
    host.function("limit_for", move |_, (customer,): (String,)| {
        limits.get(customer.as_str()).copied().ok_or_else(|| format!("no customer {customer}").into())
    });
    let limits = Limits { fuel: Some(FUEL), heap_bytes: 1 << 20, depth: 200, ..Limits::default() };
    engine.isolate(Config::new(NullHost).limits(limits).module(host))
}

fn decide(engine: &Engine, rule: &str, customer: &str, total: i64) -> Result<bool, Error> {
    let mut isolate = isolate(engine);
    isolate.eval::<()>("ruff", "rule.ruff", rule)?;
    isolate.refuel(FUEL);
    // The order as the rule sees it: a map made by the host. Keys of one map have values of one type here, so the
    // values are handles.
    let order = BTreeMap::from([
        ("customer".to_string(), isolate.keep(customer)?),
        ("total".to_string(), isolate.keep(total)?),
    ]);
    isolate.call("decide", (order,))
}

/// What each rule says about two orders.
pub fn rules() -> String {
    let mut report = String::new();
    let engine = Engine::new();
    for (name, rule) in RULES {
        for (customer, total) in [("ann", 250), ("bob", 5)] {
            let answer = match decide(&engine, rule, customer, total) {
                Ok(answer) => answer.to_string(),
                Err(e) => format!("stopped: {e}"),
            };
            report += &format!("{name:12} {customer} {total:4}: {answer}\n");
        }
    }
    report
}

#[allow(dead_code)]
fn main() {
    print!("{}", rules());
}
