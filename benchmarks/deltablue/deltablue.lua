-- DeltaBlue: incremental solver of one-way constraints; a chain of equalities and a set of projections.
local REQUIRED, PREFERRED, STRONG_DEFAULT, DEFAULT, WEAKEST = 0, 2, 3, 4, 6 -- a smaller number is stronger
local NONE, FORWARD, BACKWARD = 0, 1, 2

local Variable = {}
Variable.__index = Variable

function Variable.new(value)
  return setmetatable({
    value = value,
    constraints = {},
    determined_by = nil,
    mark = 0,
    walk_strength = WEAKEST,
    stay = true,
  }, Variable)
end

function Variable:add_constraint(c)
  self.constraints[#self.constraints + 1] = c
end

function Variable:remove_constraint(c)
  for i, other in ipairs(self.constraints) do
    if other == c then
      table.remove(self.constraints, i)
      break
    end
  end
  if self.determined_by == c then self.determined_by = nil end
end

-- Whether the value is known when a plan reaches the variable.
function Variable:is_known(mark)
  return self.mark == mark or self.stay or self.determined_by == nil
end

local Constraint = {}
Constraint.__index = Constraint

function Constraint:is_input() return false end

function Constraint:add_to(planner)
  self:add_to_graph()
  planner:incremental_add(self)
end

function Constraint:destroy(planner)
  if self:is_satisfied() then planner:incremental_remove(self) else self:remove_from_graph() end
end

-- Tries to satisfy the constraint; returns the constraint that it displaces, if any.
function Constraint:satisfy(mark, planner)
  self:choose_method(mark)
  if not self:is_satisfied() then
    if self.strength == REQUIRED then error("a required constraint cannot be satisfied") end
    return nil
  end
  self:mark_inputs(mark)
  local out = self:output()
  local overridden = out.determined_by
  if overridden then overridden:mark_unsatisfied() end
  out.determined_by = self
  if not planner:add_propagate(self, mark) then error("cycle of constraints") end
  out.mark = mark
  return overridden
end

local Unary = setmetatable({}, Constraint)
Unary.__index = Unary

function Unary:is_satisfied() return self.satisfied end
function Unary:mark_unsatisfied() self.satisfied = false end
function Unary:output() return self.variable end
function Unary:mark_inputs() end
function Unary:inputs_known() return true end
function Unary:execute() end

function Unary:add_to_graph()
  self.variable:add_constraint(self)
  self.satisfied = false
end

function Unary:remove_from_graph()
  self.variable:remove_constraint(self)
  self.satisfied = false
end

function Unary:choose_method(mark)
  self.satisfied = self.variable.mark ~= mark and self.strength < self.variable.walk_strength
end

function Unary:recalculate()
  self.variable.walk_strength = self.strength
  self.variable.stay = not self:is_input()
  if self.variable.stay then self:execute() end
end

local Stay = setmetatable({}, Unary)
Stay.__index = Stay

function Stay.new(variable, strength, planner)
  local self = setmetatable({ variable = variable, strength = strength, satisfied = false }, Stay)
  self:add_to(planner)
  return self
end

local Edit = setmetatable({}, Unary)
Edit.__index = Edit

function Edit.new(variable, strength, planner)
  local self = setmetatable({ variable = variable, strength = strength, satisfied = false }, Edit)
  self:add_to(planner)
  return self
end

function Edit:is_input() return true end

local Binary = setmetatable({}, Constraint)
Binary.__index = Binary

function Binary:is_satisfied() return self.direction ~= NONE end
function Binary:mark_unsatisfied() self.direction = NONE end
function Binary:output() return self.direction == FORWARD and self.v2 or self.v1 end
function Binary:input() return self.direction == FORWARD and self.v1 or self.v2 end
function Binary:mark_inputs(mark) self:input().mark = mark end
function Binary:inputs_known(mark) return self:input():is_known(mark) end

function Binary:add_to_graph()
  self.v1:add_constraint(self)
  self.v2:add_constraint(self)
  self.direction = NONE
end

function Binary:remove_from_graph()
  self.v1:remove_constraint(self)
  self.v2:remove_constraint(self)
  self.direction = NONE
end

function Binary:choose_method(mark)
  local v1, v2 = self.v1, self.v2
  if v1.mark == mark then
    local flows = v2.mark ~= mark and self.strength < v2.walk_strength
    self.direction = flows and FORWARD or NONE
  elseif v2.mark == mark then
    local flows = v1.mark ~= mark and self.strength < v1.walk_strength
    self.direction = flows and BACKWARD or NONE
  elseif v1.walk_strength > v2.walk_strength then
    self.direction = self.strength < v1.walk_strength and BACKWARD or NONE
  else
    self.direction = self.strength < v2.walk_strength and FORWARD or NONE
  end
end

function Binary:recalculate()
  local input, out = self:input(), self:output()
  out.walk_strength = math.max(self.strength, input.walk_strength)
  out.stay = self:inputs_stay()
  if out.stay then self:execute() end
end

local Equality = setmetatable({}, Binary)
Equality.__index = Equality

function Equality.new(v1, v2, strength, planner)
  local self = setmetatable({ v1 = v1, v2 = v2, strength = strength, direction = NONE }, Equality)
  self:add_to(planner)
  return self
end

function Equality:inputs_stay() return self:input().stay end
function Equality:execute() self:output().value = self:input().value end

-- v2 = v1 * scale + offset
local Scale = setmetatable({}, Binary)
Scale.__index = Scale

function Scale.new(v1, scale, offset, v2, strength, planner)
  local self = setmetatable(
    { v1 = v1, v2 = v2, scale = scale, offset = offset, strength = strength, direction = NONE }, Scale)
  self:add_to(planner)
  return self
end

function Scale:add_to_graph()
  Binary.add_to_graph(self)
  self.scale:add_constraint(self)
  self.offset:add_constraint(self)
end

function Scale:remove_from_graph()
  Binary.remove_from_graph(self)
  self.scale:remove_constraint(self)
  self.offset:remove_constraint(self)
end

function Scale:mark_inputs(mark)
  Binary.mark_inputs(self, mark)
  self.scale.mark = mark
  self.offset.mark = mark
end

function Scale:inputs_known(mark)
  return Binary.inputs_known(self, mark) and self.scale:is_known(mark) and self.offset:is_known(mark)
end

function Scale:inputs_stay()
  return self:input().stay and self.scale.stay and self.offset.stay
end

function Scale:execute()
  if self.direction == FORWARD then
    self.v2.value = self.v1.value * self.scale.value + self.offset.value
  else
    self.v1.value = math.floor((self.v2.value - self.offset.value) / self.scale.value)
  end
end

local Planner = {}
Planner.__index = Planner

function Planner.new() return setmetatable({ current_mark = 0 }, Planner) end

function Planner:new_mark()
  self.current_mark = self.current_mark + 1
  return self.current_mark
end

function Planner:incremental_add(c)
  local mark = self:new_mark()
  local overridden = c:satisfy(mark, self)
  while overridden do overridden = overridden:satisfy(mark, self) end
end

function Planner:incremental_remove(c)
  local out = c:output()
  c:mark_unsatisfied()
  c:remove_from_graph()
  local unsatisfied = self:remove_propagate_from(out)
  for strength = REQUIRED, WEAKEST do
    for _, u in ipairs(unsatisfied) do
      if u.strength == strength then self:incremental_add(u) end
    end
  end
end

-- Appends the satisfied constraints that read the variable.
function Planner:add_consumers(v, list)
  for _, c in ipairs(v.constraints) do
    if c ~= v.determined_by and c:is_satisfied() then list[#list + 1] = c end
  end
end

-- Recomputes what depends on the constraint; false if it depends on itself.
function Planner:add_propagate(c, mark)
  local todo = { c }
  while #todo > 0 do
    local d = table.remove(todo)
    if d:output().mark == mark then
      self:incremental_remove(c)
      return false
    end
    d:recalculate()
    self:add_consumers(d:output(), todo)
  end
  return true
end

-- Forgets what determined the variable and those after it; returns the unsatisfied constraints found.
function Planner:remove_propagate_from(out)
  local unsatisfied = {}
  out.determined_by = nil
  out.walk_strength = WEAKEST
  out.stay = true
  local todo = { out }
  while #todo > 0 do
    local v = table.remove(todo)
    for _, c in ipairs(v.constraints) do
      if not c:is_satisfied() then
        unsatisfied[#unsatisfied + 1] = c
      elseif c ~= v.determined_by then
        c:recalculate()
        todo[#todo + 1] = c:output()
      end
    end
  end
  return unsatisfied
end

-- The constraints to execute, in order, when the inputs of the given constraint change.
function Planner:extract_plan(source)
  local todo = {}
  if source:is_input() and source:is_satisfied() then todo[1] = source end
  local mark = self:new_mark()
  local plan = {}
  while #todo > 0 do
    local c = table.remove(todo)
    local out = c:output()
    if out.mark ~= mark and c:inputs_known(mark) then
      plan[#plan + 1] = c
      out.mark = mark
      self:add_consumers(out, todo)
    end
  end
  return plan
end

local function execute(plan)
  for _, c in ipairs(plan) do c:execute() end
end

local function change(planner, variable, value)
  local edit = Edit.new(variable, PREFERRED, planner)
  local plan = planner:extract_plan(edit)
  for _ = 1, 10 do
    variable.value = value
    execute(plan)
  end
  edit:destroy(planner)
end

-- A chain of n equalities, a stay at its end, an edit at its start.
-- Returns the last value that arrived at the end, or nil if a wrong one did.
local function chain_test(n)
  local planner = Planner.new()
  local first = Variable.new(0)
  local last = first
  for _ = 1, n do
    local following = Variable.new(0)
    Equality.new(last, following, REQUIRED, planner)
    last = following
  end
  Stay.new(last, STRONG_DEFAULT, planner)
  local edit = Edit.new(first, PREFERRED, planner)
  local plan = planner:extract_plan(edit)
  for i = 0, 99 do
    first.value = i
    execute(plan)
    if last.value ~= i then return nil end
  end
  edit:destroy(planner)
  return last.value
end

-- The sum of the values, or nil if one of them (but the last) is not scaled.
local function sum_scaled(variables, scale, offset)
  local sum = 0
  for i, v in ipairs(variables) do
    if i < #variables and v.value ~= i * scale + offset then return nil end
    sum = sum + v.value
  end
  return sum
end

-- n projections with one scale and one offset, which are changed from either side.
-- Returns the sum of the results, or nil if one of them is wrong.
local function projection_test(n)
  local planner = Planner.new()
  local scale, offset = Variable.new(10), Variable.new(1000)
  local sources, targets = {}, {}
  for i = 1, n do
    sources[i], targets[i] = Variable.new(i), Variable.new(i)
    Stay.new(sources[i], DEFAULT, planner)
    Scale.new(sources[i], scale, offset, targets[i], REQUIRED, planner)
  end
  change(planner, sources[n], 17)
  if targets[n].value ~= 1170 then return nil end
  change(planner, targets[n], 1050)
  if sources[n].value ~= 5 then return nil end
  change(planner, scale, 5)
  if not sum_scaled(targets, 5, 1000) then return nil end
  change(planner, offset, 2000)
  return sum_scaled(targets, 5, 2000)
end

local n = tonumber(arg[1])
local chain, projection = chain_test(n), projection_test(n)
if chain and projection then print(chain .. " " .. projection) else print("wrong result") end
