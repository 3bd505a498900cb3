-- Richards: simulation of the scheduler of a small operating system with six tasks.
local IDLER, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 1, 2, 3, 4, 5, 6
local DEVICE_PACKET, WORK_PACKET = 0, 1
local DATA_SIZE = 4
local floor = math.floor

-- LuaJIT has a library for what Lua 5.4 writes with operators.
local xor = bit and bit.bxor or load("return function(a, b) return a ~ b end")()

local Packet = {}
Packet.__index = Packet

function Packet.new(link, identity, kind)
  local data = {}
  for i = 1, DATA_SIZE do data[i] = 0 end
  return setmetatable({ link = link, identity = identity, kind = kind, datum = 0, data = data }, Packet)
end

-- The queue with this packet at its end.
function Packet:append_to(queue)
  self.link = nil
  if not queue then return self end
  local last = queue
  while last.link do last = last.link end
  last.link = self
  return queue
end

local Task = {}
Task.__index = Task

function Task.new(link, identity, priority, input, action)
  return setmetatable({
    link = link,
    identity = identity,
    priority = priority,
    input = input,
    action = action,
    packet_pending = input ~= nil,
    waiting = false,
    holding = false,
  }, Task)
end

function Task:is_held_or_waiting()
  return self.holding or (not self.packet_pending and self.waiting)
end

function Task:is_waiting_with_packet()
  return self.packet_pending and self.waiting and not self.holding
end

-- Takes the packet (if the task waits for one), runs the task, and returns the task to run next.
function Task:run()
  local packet = nil
  if self:is_waiting_with_packet() then
    packet = self.input
    self.input = packet.link
    self.waiting = false
    self.packet_pending = self.input ~= nil
  end
  return self.action(packet)
end

-- Queues a packet for this task; returns the task of higher priority.
function Task:add_input(packet, current)
  if not self.input then
    self.input = packet
    self.packet_pending = true
    if self.priority > current.priority then return self end
  else
    self.input = packet:append_to(self.input)
  end
  return current
end

local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.new()
  return setmetatable({ list = nil, current = nil, table = {}, queue_count = 0, hold_count = 0 }, Scheduler)
end

function Scheduler:add_task(identity, priority, input, action)
  local task = Task.new(self.list, identity, priority, input, action)
  self.list = task
  self.table[identity] = task
  return task
end

function Scheduler:hold_self()
  self.hold_count = self.hold_count + 1
  self.current.holding = true
  return self.current.link
end

function Scheduler:release(identity)
  local task = self.table[identity]
  task.holding = false
  if task.priority > self.current.priority then return task end
  return self.current
end

function Scheduler:wait()
  self.current.waiting = true
  return self.current
end

function Scheduler:queue_packet(packet)
  local task = self.table[packet.identity]
  self.queue_count = self.queue_count + 1
  packet.identity = self.current.identity
  packet.link = nil
  return task:add_input(packet, self.current)
end

function Scheduler:add_idler(identity, priority)
  local data = { control = 1, count = 10000 }
  self:add_task(identity, priority, nil, function(packet)
    data.count = data.count - 1
    if data.count == 0 then return self:hold_self() end
    if data.control % 2 == 0 then
      data.control = floor(data.control / 2)
      return self:release(DEVICE_A)
    end
    data.control = xor(floor(data.control / 2), 53256)
    return self:release(DEVICE_B)
  end)
end

function Scheduler:add_worker(identity, priority, input)
  local data = { destination = HANDLER_A, count = 0 }
  local task = self:add_task(identity, priority, input, function(packet)
    if not packet then return self:wait() end
    data.destination = data.destination == HANDLER_A and HANDLER_B or HANDLER_A
    packet.identity = data.destination
    packet.datum = 0
    for i = 1, DATA_SIZE do
      data.count = data.count + 1
      if data.count > 26 then data.count = 1 end
      packet.data[i] = 64 + data.count
    end
    return self:queue_packet(packet)
  end)
  task.waiting = true
end

function Scheduler:add_handler(identity, priority, input)
  local data = { work = nil, device = nil }
  local task = self:add_task(identity, priority, input, function(packet)
    if packet then
      if packet.kind == WORK_PACKET then
        data.work = packet:append_to(data.work)
      else
        data.device = packet:append_to(data.device)
      end
    end
    local work = data.work
    if not work then return self:wait() end
    local count = work.datum
    if count >= DATA_SIZE then
      data.work = work.link
      return self:queue_packet(work)
    end
    local device = data.device
    if not device then return self:wait() end
    data.device = device.link
    device.datum = work.data[count + 1]
    work.datum = count + 1
    return self:queue_packet(device)
  end)
  task.waiting = true
end

function Scheduler:add_device(identity, priority)
  local data = { pending = nil }
  local task = self:add_task(identity, priority, nil, function(packet)
    if packet then
      data.pending = packet
      return self:hold_self()
    end
    local pending = data.pending
    if not pending then return self:wait() end
    data.pending = nil
    return self:queue_packet(pending)
  end)
  task.waiting = true
end

function Scheduler:schedule()
  self.current = self.list
  while self.current do
    if self.current:is_held_or_waiting() then
      self.current = self.current.link
    else
      self.current = self.current:run()
    end
  end
end

local function packets(n, identity, kind)
  local queue = nil
  for _ = 1, n do queue = Packet.new(queue, identity, kind) end
  return queue
end

local function simulate()
  local scheduler = Scheduler.new()
  scheduler:add_idler(IDLER, 0)
  scheduler:add_worker(WORKER, 1000, packets(2, WORKER, WORK_PACKET))
  scheduler:add_handler(HANDLER_A, 2000, packets(3, DEVICE_A, DEVICE_PACKET))
  scheduler:add_handler(HANDLER_B, 3000, packets(3, DEVICE_B, DEVICE_PACKET))
  scheduler:add_device(DEVICE_A, 4000)
  scheduler:add_device(DEVICE_B, 5000)
  scheduler:schedule()
  return scheduler
end

local result = ""
for _ = 1, tonumber(arg[1]) do
  local scheduler = simulate()
  result = scheduler.queue_count .. " " .. scheduler.hold_count
  if result ~= "23246 9297" then
    result = "wrong result"
    break
  end
end
print(result)
