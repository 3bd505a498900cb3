//! Asynchronous host functions: a script starts tasks that wait for slow answers; the host has an executor with one
//! thread, which runs several isolates. `cargo run -p motet --example fetch`.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Condvar, Mutex},
    task::{Context, Poll, Wake},
    thread,
    time::Duration,
};

use motet::{Config, Engine, Error, Handle, HostModule, Isolate, Request, StdHost};

/// Which futures are to be looked at.
#[derive(Default)]
struct Queue {
    ready: Mutex<VecDeque<usize>>,
    changed: Condvar,
}

struct Waker {
    queue: Arc<Queue>,
    future: usize,
}

impl Wake for Waker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.queue.ready.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !ready.contains(&self.future) {
            ready.push_back(self.future);
        }
        self.queue.changed.notify_one();
    }
}

/// Runs all futures in this thread; their values, in order.
fn block_on_all<T>(mut futures: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let queue = Arc::new(Queue::default());
    let mut values: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    for future in 0..futures.len() {
        Arc::new(Waker { queue: queue.clone(), future }).wake();
    }
    while values.iter().any(Option::is_none) {
        let mut ready = queue.ready.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = loop {
            match ready.pop_front() {
                Some(at) => break at,
                None => ready = queue.changed.wait(ready).unwrap_or_else(std::sync::PoisonError::into_inner),
            }
        };
        drop(ready);
        let waker = Arc::new(Waker { queue: queue.clone(), future: at }).into();
        if values[at].is_none()
            && let Poll::Ready(value) = futures[at].as_mut().poll(&mut Context::from_waker(&waker))
        {
            values[at] = Some(value);
        }
    }
    values.into_iter().flatten().collect()
}

const SCRIPT: &str = "
    func size(url) { return len(fetch(url)) }
    func total(site) {
        a := start(size, site + \"/a\")
        b := start(size, site + \"/longer\")
        return result_of(a) + result_of(b)
    }
";

fn isolate(engine: &Engine) -> Result<Isolate, Error> {
    let mut host = HostModule::new();
    host.async_function("fetch", |_, (url,): (String,), completer| {
        // A network library would do this with one thread for all.
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            completer.complete(Ok(format!("content of {url}")));
        });
        Ok(())
    })
    .function("start", |cx, (f, x): (Handle, Handle)| Request::spawn(cx, &f, (x,)))
    .function("result_of", |_, (task,): (Handle,)| Ok(Request::wait(&task)));
    let mut isolate = engine.isolate(Config::new(StdHost::default()).module(host));
    isolate.eval::<()>("ruff", "fetch.ruff", SCRIPT)?;
    Ok(isolate)
}

/// Totals of some sites, computed side by side on one thread.
pub fn fetch() -> Result<Vec<i64>, Error> {
    let engine = Engine::new();
    let mut isolates = (0..10).map(|_| isolate(&engine)).collect::<Result<Vec<_>, _>>()?;
    let start = |(i, isolate): (usize, _)| -> Pin<Box<dyn Future<Output = Result<i64, Error>>>> {
        let isolate: &mut Isolate = isolate;
        Box::pin(isolate.call_async("total", ("s".repeat(i),)))
    };
    block_on_all(isolates.iter_mut().enumerate().map(start).collect()).into_iter().collect()
}

#[allow(dead_code)]
fn main() -> Result<(), Error> {
    println!("{:?}", fetch()?);
    Ok(())
}
