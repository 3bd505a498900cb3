//! Allocates many short-lived binary trees beside one long-lived tree and counts their nodes.
use std::hint::black_box;

struct Tree {
    children: Option<(Box<Tree>, Box<Tree>)>,
}

fn bottom_up(depth: u32) -> Box<Tree> {
    let children = (depth > 0).then(|| (bottom_up(depth - 1), bottom_up(depth - 1)));
    Box::new(Tree { children })
}

fn count(tree: &Tree) -> i64 {
    match &tree.children {
        None => 1,
        Some((left, right)) => 1 + count(left) + count(right),
    }
}

fn run(size: u32) -> i64 {
    let min_depth = 4;
    let mut total = count(&bottom_up(size + 1));
    let long_lived = bottom_up(size);
    for depth in (min_depth..=size).step_by(2) {
        for _ in 0..1_u64 << (size - depth + min_depth) {
            total += count(&*black_box(bottom_up(depth)));
        }
    }
    total + count(&long_lived)
}

fn main() {
    let n = std::env::args().nth(1).expect("a size").parse().expect("a number");
    println!("{}", run(black_box(n)));
}
