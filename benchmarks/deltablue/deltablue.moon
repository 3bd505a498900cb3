// DeltaBlue: incremental solver of one-way constraints; a chain of equalities and a set of projections.

// Strengths: a smaller number is stronger.
let REQUIRED = 0;
let PREFERRED = 2;
let STRONG_DEFAULT = 3;
let DEFAULT = 4;
let WEAKEST = 6;

let NONE = 0;
let FORWARD = 1;
let BACKWARD = 2;

// Kinds of constraint. STAY and EDIT have one variable; EQUALITY and SCALE (v2 = v1 * scale + offset) have two.
let STAY = 0;
let EDIT = 1;
let EQUALITY = 2;
let SCALE = 3;

struct Variable {
  value: Int,
  constraints: Array<Constraint>,
  determined_by: Constraint?,
  mark: Int,
  walk_strength: Int,
  stay: Bool
}

struct Constraint {
  kind: Int,
  strength: Int,
  satisfied: Bool,
  direction: Int,
  v1: Variable,
  v2: Variable?,
  scale: Variable?,
  offset: Variable?
}

struct Planner { current_mark: Int }

fn new_variable(value: Int) -> Variable {
  Variable#{ value: value, constraints: [], determined_by: nil, mark: 0, walk_strength: WEAKEST, stay: true }
}

fn remove_constraint(v: Variable, c: Constraint) -> Unit {
  let i = index_of(v.constraints, c);
  if i >= 0 { remove_at(v.constraints, i); }
  if v.determined_by == c { v.determined_by = nil; }
}

// Whether the value is known when a plan reaches the variable.
fn is_known(v: Variable, mark: Int) -> Bool {
  v.mark == mark || v.stay || is_nil(v.determined_by)
}

fn is_unary(c: Constraint) -> Bool { c.kind <= EDIT }

fn is_satisfied(c: Constraint) -> Bool {
  if is_unary(c) { c.satisfied } else { c.direction != NONE }
}

fn mark_unsatisfied(c: Constraint) -> Unit {
  if is_unary(c) { c.satisfied = false; } else { c.direction = NONE; }
}

fn output(c: Constraint) -> Variable {
  if c.direction == FORWARD { unwrap(c.v2) } else { c.v1 }
}

fn input(c: Constraint) -> Variable {
  if c.direction == FORWARD { c.v1 } else { unwrap(c.v2) }
}

fn mark_inputs(c: Constraint, mark: Int) -> Unit {
  if is_unary(c) { return; }
  input(c).mark = mark;
  if c.kind == SCALE {
    unwrap(c.scale).mark = mark;
    unwrap(c.offset).mark = mark;
  }
}

fn inputs_known(c: Constraint, mark: Int) -> Bool {
  if is_unary(c) { return true; }
  if c.kind == EQUALITY { return is_known(input(c), mark); }
  is_known(input(c), mark) && is_known(unwrap(c.scale), mark) && is_known(unwrap(c.offset), mark)
}

fn inputs_stay(c: Constraint) -> Bool {
  if c.kind == EQUALITY { return input(c).stay; }
  input(c).stay && unwrap(c.scale).stay && unwrap(c.offset).stay
}

fn add_to_graph(c: Constraint) -> Unit {
  push(c.v1.constraints, c);
  if is_unary(c) { return; }
  push(unwrap(c.v2).constraints, c);
  if c.kind == SCALE {
    push(unwrap(c.scale).constraints, c);
    push(unwrap(c.offset).constraints, c);
  }
}

fn remove_from_graph(c: Constraint) -> Unit {
  remove_constraint(c.v1, c);
  if !is_unary(c) {
    remove_constraint(unwrap(c.v2), c);
    if c.kind == SCALE {
      remove_constraint(unwrap(c.scale), c);
      remove_constraint(unwrap(c.offset), c);
    }
  }
  mark_unsatisfied(c);
}

fn choose_method(c: Constraint, mark: Int) -> Unit {
  let v1 = c.v1;
  if is_unary(c) {
    c.satisfied = v1.mark != mark && c.strength < v1.walk_strength;
    return;
  }
  let v2 = unwrap(c.v2);
  if v1.mark == mark {
    c.direction = if v2.mark != mark && c.strength < v2.walk_strength { FORWARD } else { NONE };
  } else if v2.mark == mark {
    c.direction = if v1.mark != mark && c.strength < v1.walk_strength { BACKWARD } else { NONE };
  } else if v1.walk_strength > v2.walk_strength {
    c.direction = if c.strength < v1.walk_strength { BACKWARD } else { NONE };
  } else {
    c.direction = if c.strength < v2.walk_strength { FORWARD } else { NONE };
  }
}

fn execute(c: Constraint) -> Unit {
  if c.kind == EQUALITY {
    output(c).value = input(c).value;
  } else if c.kind == SCALE {
    let scale = unwrap(c.scale);
    let offset = unwrap(c.offset);
    let v2 = unwrap(c.v2);
    if c.direction == FORWARD {
      v2.value = c.v1.value * scale.value + offset.value;
    } else {
      c.v1.value = (v2.value - offset.value) / scale.value;
    }
  }
}

fn recalculate(c: Constraint) -> Unit {
  let out = output(c);
  if is_unary(c) {
    out.walk_strength = c.strength;
    out.stay = c.kind != EDIT;
  } else {
    out.walk_strength = max(c.strength, input(c).walk_strength);
    out.stay = inputs_stay(c);
  }
  if out.stay { execute(c); }
}

// Tries to satisfy the constraint; returns the constraint that it displaces, if any.
fn satisfy(p: Planner, c: Constraint, mark: Int) -> Constraint? {
  choose_method(c, mark);
  if !is_satisfied(c) {
    if c.strength == REQUIRED { panic("a required constraint cannot be satisfied"); }
    return nil;
  }
  mark_inputs(c, mark);
  let out = output(c);
  let overridden = out.determined_by;
  if !is_nil(overridden) { mark_unsatisfied(unwrap(overridden)); }
  out.determined_by = c;
  if !add_propagate(p, c, mark) { panic("cycle of constraints"); }
  out.mark = mark;
  overridden
}

fn add_constraint(p: Planner, c: Constraint) -> Unit {
  add_to_graph(c);
  incremental_add(p, c);
}

fn destroy(p: Planner, c: Constraint) -> Unit {
  if is_satisfied(c) { incremental_remove(p, c); } else { remove_from_graph(c); }
}

fn add_unary(p: Planner, kind: Int, v: Variable, strength: Int) -> Constraint {
  let c = Constraint#{
    kind: kind,
    strength: strength,
    satisfied: false,
    direction: NONE,
    v1: v,
    v2: nil,
    scale: nil,
    offset: nil
  };
  add_constraint(p, c);
  c
}

fn add_equality(p: Planner, v1: Variable, v2: Variable, strength: Int) -> Unit {
  let c = Constraint#{
    kind: EQUALITY,
    strength: strength,
    satisfied: false,
    direction: NONE,
    v1: v1,
    v2: v2,
    scale: nil,
    offset: nil
  };
  add_constraint(p, c);
}

fn add_scale(p: Planner, v1: Variable, scale: Variable, offset: Variable, v2: Variable, strength: Int) -> Unit {
  let c = Constraint#{
    kind: SCALE,
    strength: strength,
    satisfied: false,
    direction: NONE,
    v1: v1,
    v2: v2,
    scale: scale,
    offset: offset
  };
  add_constraint(p, c);
}

fn new_mark(p: Planner) -> Int {
  p.current_mark += 1;
  p.current_mark
}

fn incremental_add(p: Planner, c: Constraint) -> Unit {
  let mark = new_mark(p);
  let overridden = satisfy(p, c, mark);
  while !is_nil(overridden) { overridden = satisfy(p, unwrap(overridden), mark); }
}

fn incremental_remove(p: Planner, c: Constraint) -> Unit {
  let out = output(c);
  mark_unsatisfied(c);
  remove_from_graph(c);
  let unsatisfied = remove_propagate_from(out);
  for strength in REQUIRED..=WEAKEST {
    for u in unsatisfied {
      if u.strength == strength { incremental_add(p, u); }
    }
  }
}

// Appends the satisfied constraints that read the variable.
fn add_consumers(v: Variable, list: Array<Constraint>) -> Unit {
  for c in v.constraints {
    if c != v.determined_by && is_satisfied(c) { push(list, c); }
  }
}

// Recomputes what depends on the constraint; false if it depends on itself.
fn add_propagate(p: Planner, c: Constraint, mark: Int) -> Bool {
  let todo = [c];
  while len(todo) > 0 {
    let d = pop(todo);
    if output(d).mark == mark {
      incremental_remove(p, c);
      return false;
    }
    recalculate(d);
    add_consumers(output(d), todo);
  }
  true
}

// Forgets what determined the variable and those after it; returns the unsatisfied constraints found.
fn remove_propagate_from(out: Variable) -> Array<Constraint> {
  let unsatisfied: Array<Constraint> = [];
  out.determined_by = nil;
  out.walk_strength = WEAKEST;
  out.stay = true;
  let todo = [out];
  while len(todo) > 0 {
    let v = pop(todo);
    for c in v.constraints {
      if !is_satisfied(c) {
        push(unsatisfied, c);
      } else if c != v.determined_by {
        recalculate(c);
        push(todo, output(c));
      }
    }
  }
  unsatisfied
}

// The constraints to execute, in order, when the inputs of the given constraint change.
fn extract_plan(p: Planner, source: Constraint) -> Array<Constraint> {
  let todo: Array<Constraint> = [];
  if source.kind == EDIT && is_satisfied(source) { push(todo, source); }
  let mark = new_mark(p);
  let plan: Array<Constraint> = [];
  while len(todo) > 0 {
    let c = pop(todo);
    let out = output(c);
    if out.mark != mark && inputs_known(c, mark) {
      push(plan, c);
      out.mark = mark;
      add_consumers(out, todo);
    }
  }
  plan
}

fn execute_plan(plan: Array<Constraint>) -> Unit {
  for c in plan { execute(c); }
}

fn change(p: Planner, v: Variable, value: Int) -> Unit {
  let edit = add_unary(p, EDIT, v, PREFERRED);
  let plan = extract_plan(p, edit);
  for turn in 0..10 {
    v.value = value;
    execute_plan(plan);
  }
  destroy(p, edit);
}

// A chain of n equalities, a stay at its end, an edit at its start.
// Returns the last value that arrived at the end, or nil if a wrong one did.
fn chain_test(n: Int) -> Int? {
  let p = Planner#{ current_mark: 0 };
  let first = new_variable(0);
  let last = first;
  for i in 0..n {
    let next = new_variable(0);
    add_equality(p, last, next, REQUIRED);
    last = next;
  }
  add_unary(p, STAY, last, STRONG_DEFAULT);
  let edit = add_unary(p, EDIT, first, PREFERRED);
  let plan = extract_plan(p, edit);
  for i in 0..100 {
    first.value = i;
    execute_plan(plan);
    if last.value != i { return nil; }
  }
  destroy(p, edit);
  last.value
}

// The sum of the values, or nil if one of them (but the last) is not scaled.
fn sum_scaled(variables: Array<Variable>, scale: Int, offset: Int) -> Int? {
  let sum = 0;
  for i in 0..len(variables) {
    let value = variables[i].value;
    if i < len(variables) - 1 && value != (i + 1) * scale + offset { return nil; }
    sum += value;
  }
  sum
}

// n projections with one scale and one offset, which are changed from either side.
// Returns the sum of the results, or nil if one of them is wrong.
fn projection_test(n: Int) -> Int? {
  let p = Planner#{ current_mark: 0 };
  let scale = new_variable(10);
  let offset = new_variable(1000);
  let sources: Array<Variable> = [];
  let targets: Array<Variable> = [];
  for i in 1..=n {
    let source = new_variable(i);
    let target = new_variable(i);
    push(sources, source);
    push(targets, target);
    add_unary(p, STAY, source, DEFAULT);
    add_scale(p, source, scale, offset, target, REQUIRED);
  }
  change(p, sources[n - 1], 17);
  if targets[n - 1].value != 1170 { return nil; }
  change(p, targets[n - 1], 1050);
  if sources[n - 1].value != 5 { return nil; }
  change(p, scale, 5);
  if is_nil(sum_scaled(targets, 5, 1000)) { return nil; }
  change(p, offset, 2000);
  sum_scaled(targets, 5, 2000)
}

fn main() -> Unit {
  let n = unwrap(parse_int(args()[0]));
  let chain = chain_test(n);
  let projection = projection_test(n);
  if is_nil(chain) || is_nil(projection) {
    print("wrong result");
  } else {
    print(str(unwrap(chain)) + " " + str(unwrap(projection)));
  }
}
main()
