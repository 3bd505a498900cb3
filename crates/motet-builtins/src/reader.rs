//! Builds heap values from any `serde` format, streaming.
//!
//! Invariants: nesting is bounded by the depth given; the heap limit is
//! checked while the value grows.

use alloc::{string::String, vec::Vec};
use core::fmt;

use motet_runtime::{Map, Runtime, Value};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Name of the only key of a map that stands for a TOML date.
const DATE_KEY: &str = "$__toml_private_datetime";

/// What becomes of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Integers without, floats with point or exponent.
    AsWritten,
    /// Floats.
    Floats,
}

/// Reads one value.
pub struct ValueSeed<'r> {
    /// Where values are made.
    pub rt: &'r mut Runtime,
    /// Levels of nesting that may still be opened.
    pub depth: usize,
    /// What becomes of numbers.
    pub numbers: Numbers,
}

impl ValueSeed<'_> {
    fn inner<E: Error>(&mut self) -> Result<ValueSeed<'_>, E> {
        if self.depth == 0 {
            return Err(E::custom("nesting is too deep"));
        }
        if self.rt.heap.is_over_limit() || self.rt.charge(1).is_err() {
            return Err(E::custom("out of memory"));
        }
        Ok(ValueSeed { rt: self.rt, depth: self.depth - 1, numbers: self.numbers })
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(match self.numbers {
            Numbers::AsWritten => Value::int(v),
            Numbers::Floats => Value::float(v as f64),
        })
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        if self.numbers == Numbers::Floats {
            return Ok(Value::float(v as f64));
        }
        Ok(i64::try_from(v).map_or(Value::float(v as f64), Value::int))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Value::float(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(self.rt.heap.str(v))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(self.rt.heap.string(v))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::NIL)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::NIL)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.inner()?)? {
            items.push(item);
        }
        Ok(self.rt.heap.list(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.inner()?)?;
            if key == DATE_KEY {
                return Ok(value);
            }
            let key = self.rt.heap.string(key);
            map.insert(self.rt.heap.key(key), value);
        }
        Ok(self.rt.heap.map(map))
    }
}
