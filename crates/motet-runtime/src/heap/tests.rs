//! Tests of the heap.

use alloc::vec;

use super::*;
use crate::{FuncId, ShapeId};

fn collect(heap: &mut Heap, roots: &[Value]) {
    // SAFETY: the tests use only what they list.
    unsafe { heap.collect(|t| t.values(roots)) };
}

#[test]
fn deep_copies_share_nothing_that_can_change_and_keep_capacity() {
    let limits = crate::Limits { heap_bytes: 1 << 20, ..crate::Limits::default() };
    let mut rt = crate::Runtime::new(alloc::boxed::Box::new(crate::NullHost), limits);
    let mut inner = Vec::with_capacity(5);
    inner.push(Value::int(1));
    let inner = rt.heap.list(inner);
    let fixed = rt.heap.list(vec![inner, Value::int(2)]);
    rt.heap.fix_length(fixed);
    let copy = rt.deep_copy(fixed).expect("fits");
    assert!(rt.heap.is_fixed(copy) && !rt.heap.push(copy, Value::NIL));
    let part = rt.heap.items(copy).expect("a list")[0];
    assert!(!part.is_identical(inner) && !rt.heap.is_shared(inner));
    assert_eq!(rt.heap.items(part).expect("a list").capacity(), 5);
    assert!(rt.heap.push(part, Value::int(7)));
    assert_eq!(rt.heap.items(inner).expect("a list").len(), 1);
    // A list that contains itself ends at the limit of the heap.
    rt.heap.push(inner, inner);
    assert!(rt.deep_copy(inner).is_err());
}

#[test]
fn keeps_what_is_reachable_and_frees_the_rest() {
    let mut heap = Heap::new(1 << 30);
    let text = heap.str("a text that is longer than the inline limit");
    let inner = heap.list(vec![text]);
    let mut map = Map::default();
    let k = heap.str("k");
    map.insert(heap.key(k), inner);
    let map = heap.map(map);
    for i in 0..10_000 {
        let junk = heap.list(vec![Value::int(i)]);
        heap.closure(FuncId(0), &[junk]);
    }
    collect(&mut heap, &[map]);
    assert_eq!(heap.stats().freed, 20_000);
    let k2 = heap.str("k");
    let found = heap.entries(map).and_then(|m| m.get(heap.key(k2))).expect("present");
    assert_eq!(heap.text(heap.items(found).expect("a list")[0]), Some("a text that is longer than the inline limit"));
}

#[test]
fn frees_cycles_and_reuses_cells() {
    let mut heap = Heap::new(1 << 30);
    for _ in 0..3 {
        for _ in 0..1000 {
            let a = heap.list(vec![]);
            let b = heap.list(vec![a]);
            heap.push(a, b);
        }
        collect(&mut heap, &[]);
    }
    assert_eq!(heap.stats().freed, 6000);
    assert_eq!(heap.bytes(), 0);
}

#[test]
fn frees_large_cells() {
    let mut heap = Heap::new(1 << 30);
    let fields = vec![Value::NIL; 100];
    let keep = heap.record(ShapeId(0), &fields);
    heap.record(ShapeId(0), &fields);
    collect(&mut heap, &[keep]);
    assert_eq!((heap.stats().freed, heap.fields(keep).map(<[Value]>::len)), (1, Some(100)));
}

#[test]
fn appends_in_place_and_keeps_older_views() {
    let mut heap = Heap::new(1 << 30);
    let mut s = heap.str("");
    let mut old = Vec::new();
    for i in 0..200 {
        let c = heap.str(if i % 2 == 0 { "a" } else { "b" });
        s = heap.concat(s, c);
        old.push(s);
    }
    for (i, &v) in old.iter().enumerate() {
        assert_eq!(heap.text(v).map(str::len), Some(i + 1));
    }
    let branch = heap.append(old[49], "X");
    assert_eq!(heap.text(branch).map(|t| (t.len(), t.ends_with("bX"))), Some((51, true)));
    let doubled = heap.concat(s, s);
    assert_eq!(heap.text(doubled).map(str::len), Some(400));
    assert_eq!(heap.text(s).map(str::len), Some(200));
}

#[test]
fn copies_only_shared_containers() {
    let mut heap = Heap::new(1 << 30);
    let inner = heap.list(vec![]);
    let a = heap.list(vec![inner]);
    assert!(heap.unshare(a).is_identical(a));
    heap.share(a);
    let b = heap.unshare(a);
    assert!(!b.is_identical(a) && heap.is_shared(inner) && !heap.is_shared(b));
}

#[test]
fn map_keeps_order_through_removals() {
    let mut heap = Heap::new(1 << 30);
    let mut map = Map::default();
    let key = |heap: &mut Heap, i: i64| {
        let v = heap.string(alloc::format!("key{i}"));
        heap.key(v)
    };
    for i in 0..100 {
        map.insert(key(&mut heap, i), Value::int(i));
    }
    for i in (0..100).filter(|i| i % 3 != 0) {
        assert!(map.remove(key(&mut heap, i)).is_some());
    }
    assert_eq!(map.len(), 34);
    assert!(map.iter().map(|(_, v)| v.as_int().unwrap_or(-1)).eq((0..100).filter(|i| i % 3 == 0)));
    assert!(map.get(key(&mut heap, 33)).is_some() && map.get(key(&mut heap, 34)).is_none());
}
