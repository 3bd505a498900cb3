//! Characters.

use motet_runtime::{NativeResult, Runtime, Value};

use super::{arg, char_of, character, invalid, numbers, string};

natives! {
    "Character" {
        "value" => |rt, args| Ok(Value::int(i64::from(u32::from(receiver(rt, args)))));
        "asInteger" => |rt, args| Ok(Value::int(i64::from(u32::from(receiver(rt, args)))));
        "codePoint" => |rt, args| Ok(Value::int(i64::from(u32::from(receiver(rt, args)))));
        "asString" => |rt, args| {
            let c = receiver(rt, args);
            string(rt, &*c.encode_utf8(&mut [0; 4]))
        };
        "asSymbol" => |rt, args| {
            let c = receiver(rt, args);
            Ok(rt.heap.str(c.encode_utf8(&mut [0; 4])))
        };
        "asUppercase" => |rt, args| {
            let c = receiver(rt, args);
            Ok(character(rt, upper(c)))
        };
        "asLowercase" => |rt, args| {
            let c = receiver(rt, args);
            Ok(character(rt, lower(c)))
        };
        "isLetter" => |rt, args| Ok(Value::bool(receiver(rt, args).is_alphabetic()));
        "isDigit" => |rt, args| Ok(Value::bool(receiver(rt, args).is_ascii_digit()));
        "isVowel" => |rt, args| {
            Ok(Value::bool(matches!(receiver(rt, args).to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')))
        };
        "isSeparator" => |rt, args| Ok(Value::bool(is_separator(receiver(rt, args))));
        "isSpace" => |rt, args| Ok(Value::bool(is_separator(receiver(rt, args))));
        "isUppercase" => |rt, args| Ok(Value::bool(receiver(rt, args).is_uppercase()));
        "isLowercase" => |rt, args| Ok(Value::bool(receiver(rt, args).is_lowercase()));
        "isAlphaNumeric" => |rt, args| Ok(Value::bool(receiver(rt, args).is_alphanumeric()));
        "isPunctuation" => |rt, args| Ok(Value::bool(matches!(receiver(rt, args), '.' | ',' | ':' | ';' | '!' | '?')));
        "digitValue" => |rt, args| {
            Ok(Value::int(receiver(rt, args).to_digit(36).map_or(-1, i64::from)))
        };
        "<" => |rt, args| compare(rt, args, |a, b| a < b);
        "<=" => |rt, args| compare(rt, args, |a, b| a <= b);
        ">" => |rt, args| compare(rt, args, |a, b| a > b);
        ">=" => |rt, args| compare(rt, args, |a, b| a >= b);
    }
    "Character class" {
        "value:" => |rt, args| numbers::to_character(rt, arg(args, 1));
        "codePoint:" => |rt, args| numbers::to_character(rt, arg(args, 1));
        "digitValue:" => |rt, args| match arg(args, 1).as_int() {
            Some(n @ 0..=35) => {
                let c = char::from_digit(n as u32, 36).map_or('0', |c| c.to_ascii_uppercase());
                Ok(character(rt, c))
            }
            _ => Err(invalid(rt, "a digit's value is an integer from 0 to 35")),
        };
        "cr" => |rt, _| Ok(character(rt, '\r'));
        "nl" => |rt, _| Ok(character(rt, '\n'));
        "lf" => |rt, _| Ok(character(rt, '\n'));
        "tab" => |rt, _| Ok(character(rt, '\t'));
        "space" => |rt, _| Ok(character(rt, ' '));
        "esc" => |rt, _| Ok(character(rt, '\u{1b}'));
        "nul" => |rt, _| Ok(character(rt, '\0'));
        "newPage" => |rt, _| Ok(character(rt, '\u{c}'));
        "backspace" => |rt, _| Ok(character(rt, '\u{8}'));
    }
}

fn receiver(rt: &Runtime, args: &[Value]) -> char {
    char_of(rt, arg(args, 0)).unwrap_or('\0')
}

fn compare(rt: &mut Runtime, args: &[Value], holds: fn(char, char) -> bool) -> NativeResult {
    match char_of(rt, arg(args, 1)) {
        Some(other) => Ok(Value::bool(holds(receiver(rt, args), other))),
        None => Err(invalid(rt, "expected a character")),
    }
}

/// White space.
pub(super) fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// The capital letter, if that is one character.
pub(super) fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

/// The small letter, if that is one character.
pub(super) fn lower(c: char) -> char {
    let mut all = c.to_lowercase();
    match (all.next(), all.next()) {
        (Some(lower), None) => lower,
        _ => c,
    }
}
