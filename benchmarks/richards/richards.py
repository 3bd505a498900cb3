# Richards: simulation of the scheduler of a small operating system with six tasks.
import sys

IDLER, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
DEVICE_PACKET = 0
WORK_PACKET = 1
DATA_SIZE = 4


class Packet:
    def __init__(self, link, identity, kind):
        self.link = link
        self.identity = identity
        self.kind = kind
        self.datum = 0
        self.data = [0] * DATA_SIZE

    def append_to(self, queue):
        """The queue with this packet at its end."""
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    def __init__(self, link, identity, priority, input, action):
        self.link = link
        self.identity = identity
        self.priority = priority
        self.input = input
        self.action = action
        self.packet_pending = input is not None
        self.waiting = False
        self.holding = False

    def is_held_or_waiting(self):
        return self.holding or (not self.packet_pending and self.waiting)

    def is_waiting_with_packet(self):
        return self.packet_pending and self.waiting and not self.holding

    def run(self):
        """Takes the packet (if the task waits for one), runs the task, and returns the task to run next."""
        packet = None
        if self.is_waiting_with_packet():
            packet = self.input
            self.input = packet.link
            self.waiting = False
            self.packet_pending = self.input is not None
        return self.action(packet)

    def add_input(self, packet, current):
        """Queues a packet for this task; returns the task of higher priority."""
        if self.input is None:
            self.input = packet
            self.packet_pending = True
            if self.priority > current.priority:
                return self
        else:
            self.input = packet.append_to(self.input)
        return current


class IdlerData:
    def __init__(self):
        self.control = 1
        self.count = 10000


class WorkerData:
    def __init__(self):
        self.destination = HANDLER_A
        self.count = 0


class HandlerData:
    def __init__(self):
        self.work = None
        self.device = None


class DeviceData:
    def __init__(self):
        self.pending = None


class Scheduler:
    def __init__(self):
        self.list = None
        self.current = None
        self.table = [None] * 6
        self.queue_count = 0
        self.hold_count = 0

    def add_task(self, identity, priority, input, action):
        task = Task(self.list, identity, priority, input, action)
        self.list = task
        self.table[identity] = task
        return task

    def hold_self(self):
        self.hold_count += 1
        self.current.holding = True
        return self.current.link

    def release(self, identity):
        task = self.table[identity]
        task.holding = False
        if task.priority > self.current.priority:
            return task
        return self.current

    def wait(self):
        self.current.waiting = True
        return self.current

    def queue_packet(self, packet):
        task = self.table[packet.identity]
        self.queue_count += 1
        packet.identity = self.current.identity
        packet.link = None
        return task.add_input(packet, self.current)

    def add_idler(self, identity, priority):
        data = IdlerData()

        def action(packet):
            data.count -= 1
            if data.count == 0:
                return self.hold_self()
            if data.control & 1 == 0:
                data.control //= 2
                return self.release(DEVICE_A)
            data.control = (data.control // 2) ^ 53256
            return self.release(DEVICE_B)

        self.add_task(identity, priority, None, action)

    def add_worker(self, identity, priority, input):
        data = WorkerData()

        def action(packet):
            if packet is None:
                return self.wait()
            data.destination = HANDLER_B if data.destination == HANDLER_A else HANDLER_A
            packet.identity = data.destination
            packet.datum = 0
            for i in range(DATA_SIZE):
                data.count += 1
                if data.count > 26:
                    data.count = 1
                packet.data[i] = 64 + data.count
            return self.queue_packet(packet)

        self.add_task(identity, priority, input, action).waiting = True

    def add_handler(self, identity, priority, input):
        data = HandlerData()

        def action(packet):
            if packet is not None:
                if packet.kind == WORK_PACKET:
                    data.work = packet.append_to(data.work)
                else:
                    data.device = packet.append_to(data.device)
            work = data.work
            if work is None:
                return self.wait()
            count = work.datum
            if count >= DATA_SIZE:
                data.work = work.link
                return self.queue_packet(work)
            device = data.device
            if device is None:
                return self.wait()
            data.device = device.link
            device.datum = work.data[count]
            work.datum = count + 1
            return self.queue_packet(device)

        self.add_task(identity, priority, input, action).waiting = True

    def add_device(self, identity, priority):
        data = DeviceData()

        def action(packet):
            if packet is not None:
                data.pending = packet
                return self.hold_self()
            pending = data.pending
            if pending is None:
                return self.wait()
            data.pending = None
            return self.queue_packet(pending)

        self.add_task(identity, priority, None, action).waiting = True

    def schedule(self):
        self.current = self.list
        while self.current is not None:
            if self.current.is_held_or_waiting():
                self.current = self.current.link
            else:
                self.current = self.current.run()


def packets(n, identity, kind):
    queue = None
    for _ in range(n):
        queue = Packet(queue, identity, kind)
    return queue


def simulate():
    scheduler = Scheduler()
    scheduler.add_idler(IDLER, 0)
    scheduler.add_worker(WORKER, 1000, packets(2, WORKER, WORK_PACKET))
    scheduler.add_handler(HANDLER_A, 2000, packets(3, DEVICE_A, DEVICE_PACKET))
    scheduler.add_handler(HANDLER_B, 3000, packets(3, DEVICE_B, DEVICE_PACKET))
    scheduler.add_device(DEVICE_A, 4000)
    scheduler.add_device(DEVICE_B, 5000)
    scheduler.schedule()
    return scheduler


def main(turns):
    result = ""
    for _ in range(turns):
        scheduler = simulate()
        result = f"{scheduler.queue_count} {scheduler.hold_count}"
        if result != "23246 9297":
            return "wrong result"
    return result


print(main(int(sys.argv[1])))
