# DeltaBlue: incremental solver of one-way constraints; a chain of equalities and a set of projections.
import sys

# Strengths: a smaller number is stronger.
REQUIRED = 0
PREFERRED = 2
STRONG_DEFAULT = 3
DEFAULT = 4
WEAKEST = 6

NONE = 0
FORWARD = 1
BACKWARD = 2


class Variable:
    def __init__(self, value):
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.walk_strength = WEAKEST
        self.stay = True

    def add_constraint(self, c):
        self.constraints.append(c)

    def remove_constraint(self, c):
        self.constraints.remove(c)
        if self.determined_by is c:
            self.determined_by = None

    def is_known(self, mark):
        """Whether the value is known when a plan reaches the variable."""
        return self.mark == mark or self.stay or self.determined_by is None


class Constraint:
    def __init__(self, strength):
        self.strength = strength

    def is_input(self):
        return False

    def add_to(self, planner):
        self.add_to_graph()
        planner.incremental_add(self)

    def destroy(self, planner):
        if self.is_satisfied():
            planner.incremental_remove(self)
        else:
            self.remove_from_graph()

    def satisfy(self, mark, planner):
        """Tries to satisfy the constraint; returns the constraint that it displaces, if any."""
        self.choose_method(mark)
        if not self.is_satisfied():
            if self.strength == REQUIRED:
                raise ValueError("a required constraint cannot be satisfied")
            return None
        self.mark_inputs(mark)
        out = self.output()
        overridden = out.determined_by
        if overridden is not None:
            overridden.mark_unsatisfied()
        out.determined_by = self
        if not planner.add_propagate(self, mark):
            raise ValueError("cycle of constraints")
        out.mark = mark
        return overridden


class Unary(Constraint):
    def __init__(self, variable, strength, planner):
        super().__init__(strength)
        self.variable = variable
        self.satisfied = False
        self.add_to(planner)

    def is_satisfied(self):
        return self.satisfied

    def mark_unsatisfied(self):
        self.satisfied = False

    def output(self):
        return self.variable

    def mark_inputs(self, mark):
        pass

    def inputs_known(self, mark):
        return True

    def execute(self):
        pass

    def add_to_graph(self):
        self.variable.add_constraint(self)
        self.satisfied = False

    def remove_from_graph(self):
        self.variable.remove_constraint(self)
        self.satisfied = False

    def choose_method(self, mark):
        self.satisfied = self.variable.mark != mark and self.strength < self.variable.walk_strength

    def recalculate(self):
        self.variable.walk_strength = self.strength
        self.variable.stay = not self.is_input()
        if self.variable.stay:
            self.execute()


class Stay(Unary):
    pass


class Edit(Unary):
    def is_input(self):
        return True


class Binary(Constraint):
    def __init__(self, v1, v2, strength):
        super().__init__(strength)
        self.v1 = v1
        self.v2 = v2
        self.direction = NONE

    def is_satisfied(self):
        return self.direction != NONE

    def mark_unsatisfied(self):
        self.direction = NONE

    def output(self):
        return self.v2 if self.direction == FORWARD else self.v1

    def input(self):
        return self.v1 if self.direction == FORWARD else self.v2

    def mark_inputs(self, mark):
        self.input().mark = mark

    def inputs_known(self, mark):
        return self.input().is_known(mark)

    def add_to_graph(self):
        self.v1.add_constraint(self)
        self.v2.add_constraint(self)
        self.direction = NONE

    def remove_from_graph(self):
        self.v1.remove_constraint(self)
        self.v2.remove_constraint(self)
        self.direction = NONE

    def choose_method(self, mark):
        v1 = self.v1
        v2 = self.v2
        if v1.mark == mark:
            flows = v2.mark != mark and self.strength < v2.walk_strength
            self.direction = FORWARD if flows else NONE
        elif v2.mark == mark:
            flows = v1.mark != mark and self.strength < v1.walk_strength
            self.direction = BACKWARD if flows else NONE
        elif v1.walk_strength > v2.walk_strength:
            self.direction = BACKWARD if self.strength < v1.walk_strength else NONE
        else:
            self.direction = FORWARD if self.strength < v2.walk_strength else NONE

    def recalculate(self):
        input, out = self.input(), self.output()
        out.walk_strength = max(self.strength, input.walk_strength)
        out.stay = self.inputs_stay()
        if out.stay:
            self.execute()


class Equality(Binary):
    def __init__(self, v1, v2, strength, planner):
        super().__init__(v1, v2, strength)
        self.add_to(planner)

    def inputs_stay(self):
        return self.input().stay

    def execute(self):
        self.output().value = self.input().value


class Scale(Binary):
    """v2 = v1 * scale + offset"""

    def __init__(self, v1, scale, offset, v2, strength, planner):
        super().__init__(v1, v2, strength)
        self.scale = scale
        self.offset = offset
        self.add_to(planner)

    def add_to_graph(self):
        super().add_to_graph()
        self.scale.add_constraint(self)
        self.offset.add_constraint(self)

    def remove_from_graph(self):
        super().remove_from_graph()
        self.scale.remove_constraint(self)
        self.offset.remove_constraint(self)

    def mark_inputs(self, mark):
        super().mark_inputs(mark)
        self.scale.mark = mark
        self.offset.mark = mark

    def inputs_known(self, mark):
        return super().inputs_known(mark) and self.scale.is_known(mark) and self.offset.is_known(mark)

    def inputs_stay(self):
        return self.input().stay and self.scale.stay and self.offset.stay

    def execute(self):
        if self.direction == FORWARD:
            self.v2.value = self.v1.value * self.scale.value + self.offset.value
        else:
            self.v1.value = (self.v2.value - self.offset.value) // self.scale.value


class Planner:
    def __init__(self):
        self.current_mark = 0

    def new_mark(self):
        self.current_mark += 1
        return self.current_mark

    def incremental_add(self, c):
        mark = self.new_mark()
        overridden = c.satisfy(mark, self)
        while overridden is not None:
            overridden = overridden.satisfy(mark, self)

    def incremental_remove(self, c):
        out = c.output()
        c.mark_unsatisfied()
        c.remove_from_graph()
        unsatisfied = self.remove_propagate_from(out)
        for strength in range(REQUIRED, WEAKEST + 1):
            for u in unsatisfied:
                if u.strength == strength:
                    self.incremental_add(u)

    def add_consumers(self, v, todo):
        """Appends the satisfied constraints that read the variable."""
        for c in v.constraints:
            if c is not v.determined_by and c.is_satisfied():
                todo.append(c)

    def add_propagate(self, c, mark):
        """Recomputes what depends on the constraint; false if it depends on itself."""
        todo = [c]
        while todo:
            d = todo.pop()
            if d.output().mark == mark:
                self.incremental_remove(c)
                return False
            d.recalculate()
            self.add_consumers(d.output(), todo)
        return True

    def remove_propagate_from(self, out):
        """Forgets what determined the variable and those after it; returns the unsatisfied constraints found."""
        unsatisfied = []
        out.determined_by = None
        out.walk_strength = WEAKEST
        out.stay = True
        todo = [out]
        while todo:
            v = todo.pop()
            for c in v.constraints:
                if not c.is_satisfied():
                    unsatisfied.append(c)
                elif c is not v.determined_by:
                    c.recalculate()
                    todo.append(c.output())
        return unsatisfied

    def extract_plan(self, source):
        """The constraints to execute, in order, when the inputs of the given constraint change."""
        todo = []
        if source.is_input() and source.is_satisfied():
            todo.append(source)
        mark = self.new_mark()
        plan = []
        while todo:
            c = todo.pop()
            out = c.output()
            if out.mark != mark and c.inputs_known(mark):
                plan.append(c)
                out.mark = mark
                self.add_consumers(out, todo)
        return plan


def execute_plan(plan):
    for c in plan:
        c.execute()


def change(planner, variable, value):
    edit = Edit(variable, PREFERRED, planner)
    plan = planner.extract_plan(edit)
    for _ in range(10):
        variable.value = value
        execute_plan(plan)
    edit.destroy(planner)


def chain_test(n):
    """A chain of n equalities, a stay at its end, an edit at its start.

    Returns the last value that arrived at the end, or None if a wrong one did.
    """
    planner = Planner()
    first = Variable(0)
    last = first
    for _ in range(n):
        following = Variable(0)
        Equality(last, following, REQUIRED, planner)
        last = following
    Stay(last, STRONG_DEFAULT, planner)
    edit = Edit(first, PREFERRED, planner)
    plan = planner.extract_plan(edit)
    for i in range(100):
        first.value = i
        execute_plan(plan)
        if last.value != i:
            return None
    edit.destroy(planner)
    return last.value


def sum_scaled(variables, scale, offset):
    """The sum of the values, or None if one of them (but the last) is not scaled."""
    total = 0
    for i, v in enumerate(variables):
        if i < len(variables) - 1 and v.value != (i + 1) * scale + offset:
            return None
        total += v.value
    return total


def projection_test(n):
    """n projections with one scale and one offset, which are changed from either side.

    Returns the sum of the results, or None if one of them is wrong.
    """
    planner = Planner()
    scale = Variable(10)
    offset = Variable(1000)
    sources = []
    targets = []
    for i in range(1, n + 1):
        source = Variable(i)
        target = Variable(i)
        sources.append(source)
        targets.append(target)
        Stay(source, DEFAULT, planner)
        Scale(source, scale, offset, target, REQUIRED, planner)
    change(planner, sources[n - 1], 17)
    if targets[n - 1].value != 1170:
        return None
    change(planner, targets[n - 1], 1050)
    if sources[n - 1].value != 5:
        return None
    change(planner, scale, 5)
    if sum_scaled(targets, 5, 1000) is None:
        return None
    change(planner, offset, 2000)
    return sum_scaled(targets, 5, 2000)


def main(n):
    chain = chain_test(n)
    projection = projection_test(n)
    if chain is None or projection is None:
        return "wrong result"
    return f"{chain} {projection}"


print(main(int(sys.argv[1])))
