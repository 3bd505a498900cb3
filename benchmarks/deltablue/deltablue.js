// DeltaBlue: incremental solver of one-way constraints; a chain of equalities and a set of projections.

// Strengths: a smaller number is stronger.
const REQUIRED = 0;
const PREFERRED = 2;
const STRONG_DEFAULT = 3;
const DEFAULT = 4;
const WEAKEST = 6;

const NONE = 0;
const FORWARD = 1;
const BACKWARD = 2;

class Variable {
  constructor(value) {
    this.value = value;
    this.constraints = [];
    this.determinedBy = null;
    this.mark = 0;
    this.walkStrength = WEAKEST;
    this.stay = true;
  }

  addConstraint(c) {
    this.constraints.push(c);
  }

  removeConstraint(c) {
    const i = this.constraints.indexOf(c);
    if (i >= 0) this.constraints.splice(i, 1);
    if (this.determinedBy === c) this.determinedBy = null;
  }

  // Whether the value is known when a plan reaches the variable.
  isKnown(mark) {
    return this.mark === mark || this.stay || this.determinedBy === null;
  }
}

class Constraint {
  constructor(strength) {
    this.strength = strength;
  }

  isInput() {
    return false;
  }

  addTo(planner) {
    this.addToGraph();
    planner.incrementalAdd(this);
  }

  destroy(planner) {
    if (this.isSatisfied()) planner.incrementalRemove(this);
    else this.removeFromGraph();
  }

  // Tries to satisfy the constraint; returns the constraint that it displaces, if any.
  satisfy(mark, planner) {
    this.chooseMethod(mark);
    if (!this.isSatisfied()) {
      if (this.strength === REQUIRED) throw new Error("a required constraint cannot be satisfied");
      return null;
    }
    this.markInputs(mark);
    const out = this.output();
    const overridden = out.determinedBy;
    if (overridden !== null) overridden.markUnsatisfied();
    out.determinedBy = this;
    if (!planner.addPropagate(this, mark)) throw new Error("cycle of constraints");
    out.mark = mark;
    return overridden;
  }
}

class Unary extends Constraint {
  constructor(variable, strength, planner) {
    super(strength);
    this.variable = variable;
    this.satisfied = false;
    this.addTo(planner);
  }

  isSatisfied() {
    return this.satisfied;
  }

  markUnsatisfied() {
    this.satisfied = false;
  }

  output() {
    return this.variable;
  }

  markInputs(mark) {}

  inputsKnown(mark) {
    return true;
  }

  execute() {}

  addToGraph() {
    this.variable.addConstraint(this);
    this.satisfied = false;
  }

  removeFromGraph() {
    this.variable.removeConstraint(this);
    this.satisfied = false;
  }

  chooseMethod(mark) {
    this.satisfied = this.variable.mark !== mark && this.strength < this.variable.walkStrength;
  }

  recalculate() {
    this.variable.walkStrength = this.strength;
    this.variable.stay = !this.isInput();
    if (this.variable.stay) this.execute();
  }
}

class Stay extends Unary {}

class Edit extends Unary {
  isInput() {
    return true;
  }
}

class Binary extends Constraint {
  constructor(v1, v2, strength) {
    super(strength);
    this.v1 = v1;
    this.v2 = v2;
    this.direction = NONE;
  }

  isSatisfied() {
    return this.direction !== NONE;
  }

  markUnsatisfied() {
    this.direction = NONE;
  }

  output() {
    return this.direction === FORWARD ? this.v2 : this.v1;
  }

  input() {
    return this.direction === FORWARD ? this.v1 : this.v2;
  }

  markInputs(mark) {
    this.input().mark = mark;
  }

  inputsKnown(mark) {
    return this.input().isKnown(mark);
  }

  addToGraph() {
    this.v1.addConstraint(this);
    this.v2.addConstraint(this);
    this.direction = NONE;
  }

  removeFromGraph() {
    this.v1.removeConstraint(this);
    this.v2.removeConstraint(this);
    this.direction = NONE;
  }

  chooseMethod(mark) {
    const v1 = this.v1;
    const v2 = this.v2;
    if (v1.mark === mark) {
      this.direction = v2.mark !== mark && this.strength < v2.walkStrength ? FORWARD : NONE;
    } else if (v2.mark === mark) {
      this.direction = v1.mark !== mark && this.strength < v1.walkStrength ? BACKWARD : NONE;
    } else if (v1.walkStrength > v2.walkStrength) {
      this.direction = this.strength < v1.walkStrength ? BACKWARD : NONE;
    } else {
      this.direction = this.strength < v2.walkStrength ? FORWARD : NONE;
    }
  }

  recalculate() {
    const input = this.input();
    const out = this.output();
    out.walkStrength = Math.max(this.strength, input.walkStrength);
    out.stay = this.inputsStay();
    if (out.stay) this.execute();
  }
}

class Equality extends Binary {
  constructor(v1, v2, strength, planner) {
    super(v1, v2, strength);
    this.addTo(planner);
  }

  inputsStay() {
    return this.input().stay;
  }

  execute() {
    this.output().value = this.input().value;
  }
}

// v2 = v1 * scale + offset
class Scale extends Binary {
  constructor(v1, scale, offset, v2, strength, planner) {
    super(v1, v2, strength);
    this.scale = scale;
    this.offset = offset;
    this.addTo(planner);
  }

  addToGraph() {
    super.addToGraph();
    this.scale.addConstraint(this);
    this.offset.addConstraint(this);
  }

  removeFromGraph() {
    super.removeFromGraph();
    this.scale.removeConstraint(this);
    this.offset.removeConstraint(this);
  }

  markInputs(mark) {
    super.markInputs(mark);
    this.scale.mark = mark;
    this.offset.mark = mark;
  }

  inputsKnown(mark) {
    return super.inputsKnown(mark) && this.scale.isKnown(mark) && this.offset.isKnown(mark);
  }

  inputsStay() {
    return this.input().stay && this.scale.stay && this.offset.stay;
  }

  execute() {
    if (this.direction === FORWARD) {
      this.v2.value = this.v1.value * this.scale.value + this.offset.value;
    } else {
      this.v1.value = Math.floor((this.v2.value - this.offset.value) / this.scale.value);
    }
  }
}

class Planner {
  constructor() {
    this.currentMark = 0;
  }

  newMark() {
    this.currentMark += 1;
    return this.currentMark;
  }

  incrementalAdd(c) {
    const mark = this.newMark();
    let overridden = c.satisfy(mark, this);
    while (overridden !== null) overridden = overridden.satisfy(mark, this);
  }

  incrementalRemove(c) {
    const out = c.output();
    c.markUnsatisfied();
    c.removeFromGraph();
    const unsatisfied = this.removePropagateFrom(out);
    for (let strength = REQUIRED; strength <= WEAKEST; strength++) {
      for (const u of unsatisfied) {
        if (u.strength === strength) this.incrementalAdd(u);
      }
    }
  }

  // Appends the satisfied constraints that read the variable.
  addConsumers(v, list) {
    for (const c of v.constraints) {
      if (c !== v.determinedBy && c.isSatisfied()) list.push(c);
    }
  }

  // Recomputes what depends on the constraint; false if it depends on itself.
  addPropagate(c, mark) {
    const todo = [c];
    while (todo.length > 0) {
      const d = todo.pop();
      if (d.output().mark === mark) {
        this.incrementalRemove(c);
        return false;
      }
      d.recalculate();
      this.addConsumers(d.output(), todo);
    }
    return true;
  }

  // Forgets what determined the variable and those after it; returns the unsatisfied constraints found.
  removePropagateFrom(out) {
    const unsatisfied = [];
    out.determinedBy = null;
    out.walkStrength = WEAKEST;
    out.stay = true;
    const todo = [out];
    while (todo.length > 0) {
      const v = todo.pop();
      for (const c of v.constraints) {
        if (!c.isSatisfied()) {
          unsatisfied.push(c);
        } else if (c !== v.determinedBy) {
          c.recalculate();
          todo.push(c.output());
        }
      }
    }
    return unsatisfied;
  }

  // The constraints to execute, in order, when the inputs of the given constraint change.
  extractPlan(source) {
    const todo = [];
    if (source.isInput() && source.isSatisfied()) todo.push(source);
    const mark = this.newMark();
    const plan = [];
    while (todo.length > 0) {
      const c = todo.pop();
      const out = c.output();
      if (out.mark !== mark && c.inputsKnown(mark)) {
        plan.push(c);
        out.mark = mark;
        this.addConsumers(out, todo);
      }
    }
    return plan;
  }
}

function executePlan(plan) {
  for (const c of plan) c.execute();
}

function change(planner, variable, value) {
  const edit = new Edit(variable, PREFERRED, planner);
  const plan = planner.extractPlan(edit);
  for (let turn = 0; turn < 10; turn++) {
    variable.value = value;
    executePlan(plan);
  }
  edit.destroy(planner);
}

// A chain of n equalities, a stay at its end, an edit at its start.
// Returns the last value that arrived at the end, or null if a wrong one did.
function chainTest(n) {
  const planner = new Planner();
  const first = new Variable(0);
  let last = first;
  for (let i = 0; i < n; i++) {
    const next = new Variable(0);
    new Equality(last, next, REQUIRED, planner);
    last = next;
  }
  new Stay(last, STRONG_DEFAULT, planner);
  const edit = new Edit(first, PREFERRED, planner);
  const plan = planner.extractPlan(edit);
  for (let i = 0; i < 100; i++) {
    first.value = i;
    executePlan(plan);
    if (last.value !== i) return null;
  }
  edit.destroy(planner);
  return last.value;
}

// The sum of the values, or null if one of them (but the last) is not scaled.
function sumScaled(variables, scale, offset) {
  let sum = 0;
  for (let i = 0; i < variables.length; i++) {
    const value = variables[i].value;
    if (i < variables.length - 1 && value !== (i + 1) * scale + offset) return null;
    sum += value;
  }
  return sum;
}

// n projections with one scale and one offset, which are changed from either side.
// Returns the sum of the results, or null if one of them is wrong.
function projectionTest(n) {
  const planner = new Planner();
  const scale = new Variable(10);
  const offset = new Variable(1000);
  const sources = [];
  const targets = [];
  for (let i = 1; i <= n; i++) {
    const source = new Variable(i);
    const target = new Variable(i);
    sources.push(source);
    targets.push(target);
    new Stay(source, DEFAULT, planner);
    new Scale(source, scale, offset, target, REQUIRED, planner);
  }
  change(planner, sources[n - 1], 17);
  if (targets[n - 1].value !== 1170) return null;
  change(planner, targets[n - 1], 1050);
  if (sources[n - 1].value !== 5) return null;
  change(planner, scale, 5);
  if (sumScaled(targets, 5, 1000) === null) return null;
  change(planner, offset, 2000);
  return sumScaled(targets, 5, 2000);
}

const n = Number(process.argv[2]);
const chain = chainTest(n);
const projection = projectionTest(n);
console.log(chain === null || projection === null ? "wrong result" : `${chain} ${projection}`);
