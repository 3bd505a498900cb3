// Richards: simulation of the scheduler of a small operating system with six tasks.
const IDLER = 0;
const WORKER = 1;
const HANDLER_A = 2;
const HANDLER_B = 3;
const DEVICE_A = 4;
const DEVICE_B = 5;
const DEVICE_PACKET = 0;
const WORK_PACKET = 1;
const DATA_SIZE = 4;

class Packet {
  constructor(link, identity, kind) {
    this.link = link;
    this.identity = identity;
    this.kind = kind;
    this.datum = 0;
    this.data = new Array(DATA_SIZE).fill(0);
  }

  // The queue with this packet at its end.
  appendTo(queue) {
    this.link = null;
    if (queue === null) return this;
    let last = queue;
    while (last.link !== null) last = last.link;
    last.link = this;
    return queue;
  }
}

class Task {
  constructor(link, identity, priority, input, action) {
    this.link = link;
    this.identity = identity;
    this.priority = priority;
    this.input = input;
    this.action = action;
    this.packetPending = input !== null;
    this.waiting = false;
    this.holding = false;
  }

  isHeldOrWaiting() {
    return this.holding || (!this.packetPending && this.waiting);
  }

  isWaitingWithPacket() {
    return this.packetPending && this.waiting && !this.holding;
  }

  // Takes the packet (if the task waits for one), runs the task, and returns the task to run next.
  run() {
    let packet = null;
    if (this.isWaitingWithPacket()) {
      packet = this.input;
      this.input = packet.link;
      this.waiting = false;
      this.packetPending = this.input !== null;
    }
    return this.action(packet);
  }

  // Queues a packet for this task; returns the task of higher priority.
  addInput(packet, current) {
    if (this.input === null) {
      this.input = packet;
      this.packetPending = true;
      if (this.priority > current.priority) return this;
    } else {
      this.input = packet.appendTo(this.input);
    }
    return current;
  }
}

class Scheduler {
  constructor() {
    this.list = null;
    this.current = null;
    this.table = [];
    this.queueCount = 0;
    this.holdCount = 0;
  }

  addTask(identity, priority, input, action) {
    const task = new Task(this.list, identity, priority, input, action);
    this.list = task;
    this.table[identity] = task;
    return task;
  }

  holdSelf() {
    this.holdCount += 1;
    this.current.holding = true;
    return this.current.link;
  }

  release(identity) {
    const task = this.table[identity];
    task.holding = false;
    return task.priority > this.current.priority ? task : this.current;
  }

  wait() {
    this.current.waiting = true;
    return this.current;
  }

  queuePacket(packet) {
    const task = this.table[packet.identity];
    this.queueCount += 1;
    packet.identity = this.current.identity;
    packet.link = null;
    return task.addInput(packet, this.current);
  }

  addIdler(identity, priority) {
    const data = { control: 1, count: 10000 };
    this.addTask(identity, priority, null, (packet) => {
      data.count -= 1;
      if (data.count === 0) return this.holdSelf();
      if ((data.control & 1) === 0) {
        data.control >>= 1;
        return this.release(DEVICE_A);
      }
      data.control = (data.control >> 1) ^ 53256;
      return this.release(DEVICE_B);
    });
  }

  addWorker(identity, priority, input) {
    const data = { destination: HANDLER_A, count: 0 };
    const task = this.addTask(identity, priority, input, (packet) => {
      if (packet === null) return this.wait();
      data.destination = data.destination === HANDLER_A ? HANDLER_B : HANDLER_A;
      packet.identity = data.destination;
      packet.datum = 0;
      for (let i = 0; i < DATA_SIZE; i++) {
        data.count += 1;
        if (data.count > 26) data.count = 1;
        packet.data[i] = 64 + data.count;
      }
      return this.queuePacket(packet);
    });
    task.waiting = true;
  }

  addHandler(identity, priority, input) {
    const data = { work: null, device: null };
    const task = this.addTask(identity, priority, input, (packet) => {
      if (packet !== null) {
        if (packet.kind === WORK_PACKET) data.work = packet.appendTo(data.work);
        else data.device = packet.appendTo(data.device);
      }
      const work = data.work;
      if (work === null) return this.wait();
      const count = work.datum;
      if (count >= DATA_SIZE) {
        data.work = work.link;
        return this.queuePacket(work);
      }
      const device = data.device;
      if (device === null) return this.wait();
      data.device = device.link;
      device.datum = work.data[count];
      work.datum = count + 1;
      return this.queuePacket(device);
    });
    task.waiting = true;
  }

  addDevice(identity, priority) {
    const data = { pending: null };
    const task = this.addTask(identity, priority, null, (packet) => {
      if (packet !== null) {
        data.pending = packet;
        return this.holdSelf();
      }
      const pending = data.pending;
      if (pending === null) return this.wait();
      data.pending = null;
      return this.queuePacket(pending);
    });
    task.waiting = true;
  }

  schedule() {
    this.current = this.list;
    while (this.current !== null) {
      this.current = this.current.isHeldOrWaiting() ? this.current.link : this.current.run();
    }
  }
}

function packets(n, identity, kind) {
  let queue = null;
  for (let i = 0; i < n; i++) queue = new Packet(queue, identity, kind);
  return queue;
}

function simulate() {
  const scheduler = new Scheduler();
  scheduler.addIdler(IDLER, 0);
  scheduler.addWorker(WORKER, 1000, packets(2, WORKER, WORK_PACKET));
  scheduler.addHandler(HANDLER_A, 2000, packets(3, DEVICE_A, DEVICE_PACKET));
  scheduler.addHandler(HANDLER_B, 3000, packets(3, DEVICE_B, DEVICE_PACKET));
  scheduler.addDevice(DEVICE_A, 4000);
  scheduler.addDevice(DEVICE_B, 5000);
  scheduler.schedule();
  return scheduler;
}

function main(turns) {
  let result = "";
  for (let turn = 0; turn < turns; turn++) {
    const scheduler = simulate();
    result = `${scheduler.queueCount} ${scheduler.holdCount}`;
    if (result !== "23246 9297") return "wrong result";
  }
  return result;
}

console.log(main(Number(process.argv[2])));
