// Richards: simulation of the scheduler of a small operating system with six tasks.
let IDLER = 0;
let WORKER = 1;
let HANDLER_A = 2;
let HANDLER_B = 3;
let DEVICE_A = 4;
let DEVICE_B = 5;
let DEVICE_PACKET = 0;
let WORK_PACKET = 1;
let DATA_SIZE = 4;

struct Packet { link: Packet?, identity: Int, kind: Int, datum: Int, data: Array<Int> }

struct Task {
  link: Task?,
  identity: Int,
  priority: Int,
  input: Packet?,
  action: fn(Packet?) -> Task?,
  packet_pending: Bool,
  waiting: Bool,
  holding: Bool
}

struct Scheduler { list: Task?, current: Task?, table: Array<Task?>, queue_count: Int, hold_count: Int }

struct IdlerData { control: Int, count: Int }
struct WorkerData { destination: Int, count: Int }
struct HandlerData { work: Packet?, device: Packet? }
struct DeviceData { pending: Packet? }

fn new_packet(link: Packet?, identity: Int, kind: Int) -> Packet {
  Packet#{ link: link, identity: identity, kind: kind, datum: 0, data: array(DATA_SIZE, 0) }
}

// The queue with this packet at its end.
fn append_to(packet: Packet, queue: Packet?) -> Packet {
  packet.link = nil;
  if is_nil(queue) { return packet; }
  let head = unwrap(queue);
  let last = head;
  while !is_nil(last.link) { last = unwrap(last.link); }
  last.link = packet;
  head
}

fn is_held_or_waiting(task: Task) -> Bool {
  task.holding || (!task.packet_pending && task.waiting)
}

fn is_waiting_with_packet(task: Task) -> Bool {
  task.packet_pending && task.waiting && !task.holding
}

// Takes the packet (if the task waits for one), runs the task, and returns the task to run next.
fn run(task: Task) -> Task? {
  let packet: Packet? = nil;
  if is_waiting_with_packet(task) {
    packet = task.input;
    task.input = unwrap(packet).link;
    task.waiting = false;
    task.packet_pending = !is_nil(task.input);
  }
  task.action(packet)
}

// Queues a packet for the task; returns the task of higher priority.
fn add_input(task: Task, packet: Packet, current: Task) -> Task {
  if is_nil(task.input) {
    task.input = packet;
    task.packet_pending = true;
    if task.priority > current.priority { return task; }
  } else {
    task.input = append_to(packet, task.input);
  }
  current
}

fn add_task(s: Scheduler, identity: Int, priority: Int, input: Packet?, action: fn(Packet?) -> Task?) -> Task {
  let task = Task#{
    link: s.list,
    identity: identity,
    priority: priority,
    input: input,
    action: action,
    packet_pending: !is_nil(input),
    waiting: false,
    holding: false
  };
  s.list = task;
  s.table[identity] = task;
  task
}

fn hold_self(s: Scheduler) -> Task? {
  s.hold_count += 1;
  let current = unwrap(s.current);
  current.holding = true;
  current.link
}

fn release(s: Scheduler, identity: Int) -> Task? {
  let task = unwrap(s.table[identity]);
  task.holding = false;
  if task.priority > unwrap(s.current).priority { return task; }
  s.current
}

fn wait(s: Scheduler) -> Task? {
  unwrap(s.current).waiting = true;
  s.current
}

fn queue_packet(s: Scheduler, packet: Packet) -> Task? {
  let task = unwrap(s.table[packet.identity]);
  let current = unwrap(s.current);
  s.queue_count += 1;
  packet.identity = current.identity;
  packet.link = nil;
  add_input(task, packet, current)
}

fn add_idler(s: Scheduler, identity: Int, priority: Int) -> Unit {
  let data = IdlerData#{ control: 1, count: 10000 };
  add_task(s, identity, priority, nil, fn(packet: Packet?) -> Task? {
    data.count -= 1;
    if data.count == 0 { return hold_self(s); }
    if bit_and(data.control, 1) == 0 {
      data.control = data.control / 2;
      return release(s, DEVICE_A);
    }
    data.control = bit_xor(data.control / 2, 53256);
    release(s, DEVICE_B)
  });
}

fn add_worker(s: Scheduler, identity: Int, priority: Int, input: Packet?) -> Unit {
  let data = WorkerData#{ destination: HANDLER_A, count: 0 };
  let task = add_task(s, identity, priority, input, fn(received: Packet?) -> Task? {
    if is_nil(received) { return wait(s); }
    let packet = unwrap(received);
    data.destination = if data.destination == HANDLER_A { HANDLER_B } else { HANDLER_A };
    packet.identity = data.destination;
    packet.datum = 0;
    for i in 0..DATA_SIZE {
      data.count += 1;
      if data.count > 26 { data.count = 1; }
      packet.data[i] = 64 + data.count;
    }
    queue_packet(s, packet)
  });
  task.waiting = true;
}

fn add_handler(s: Scheduler, identity: Int, priority: Int, input: Packet?) -> Unit {
  let data = HandlerData#{ work: nil, device: nil };
  let task = add_task(s, identity, priority, input, fn(received: Packet?) -> Task? {
    if !is_nil(received) {
      let packet = unwrap(received);
      if packet.kind == WORK_PACKET {
        data.work = append_to(packet, data.work);
      } else {
        data.device = append_to(packet, data.device);
      }
    }
    if is_nil(data.work) { return wait(s); }
    let work = unwrap(data.work);
    let count = work.datum;
    if count >= DATA_SIZE {
      data.work = work.link;
      return queue_packet(s, work);
    }
    if is_nil(data.device) { return wait(s); }
    let device = unwrap(data.device);
    data.device = device.link;
    device.datum = work.data[count];
    work.datum = count + 1;
    queue_packet(s, device)
  });
  task.waiting = true;
}

fn add_device(s: Scheduler, identity: Int, priority: Int) -> Unit {
  let data = DeviceData#{ pending: nil };
  let task = add_task(s, identity, priority, nil, fn(received: Packet?) -> Task? {
    if !is_nil(received) {
      data.pending = received;
      return hold_self(s);
    }
    if is_nil(data.pending) { return wait(s); }
    let pending = unwrap(data.pending);
    data.pending = nil;
    queue_packet(s, pending)
  });
  task.waiting = true;
}

fn schedule(s: Scheduler) -> Unit {
  s.current = s.list;
  while !is_nil(s.current) {
    let task = unwrap(s.current);
    s.current = if is_held_or_waiting(task) { task.link } else { run(task) };
  }
}

fn packets(n: Int, identity: Int, kind: Int) -> Packet? {
  let queue: Packet? = nil;
  for i in 0..n { queue = new_packet(queue, identity, kind); }
  queue
}

fn simulate() -> Scheduler {
  let none: Task? = nil;
  let s = Scheduler#{ list: nil, current: nil, table: array(6, none), queue_count: 0, hold_count: 0 };
  add_idler(s, IDLER, 0);
  add_worker(s, WORKER, 1000, packets(2, WORKER, WORK_PACKET));
  add_handler(s, HANDLER_A, 2000, packets(3, DEVICE_A, DEVICE_PACKET));
  add_handler(s, HANDLER_B, 3000, packets(3, DEVICE_B, DEVICE_PACKET));
  add_device(s, DEVICE_A, 4000);
  add_device(s, DEVICE_B, 5000);
  schedule(s);
  s
}

fn main() -> Unit {
  let result = "";
  for turn in 0..unwrap(parse_int(args()[0])) {
    let s = simulate();
    result = str(s.queue_count) + " " + str(s.hold_count);
    if result != "23246 9297" {
      result = "wrong result";
      break;
    }
  }
  print(result);
}
main()
