//! Comma-separated values (RFC 4180), with `csv-core` for reading.

use alloc::{string::String, vec, vec::Vec};

use csv_core::{ReadFieldResult, Reader};

/// The records of a text, each as its fields. Invalid UTF-8 cannot arise: the input is a text.
#[must_use]
pub fn read(text: &str) -> Vec<Vec<String>> {
    let mut reader = Reader::new();
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), Vec::new());
    let mut input = text.as_bytes();
    let mut buffer = vec![0; 1024];
    loop {
        let (result, read, written) = reader.read_field(input, &mut buffer);
        input = &input[read..];
        field.extend_from_slice(&buffer[..written]);
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                record.push(String::from_utf8_lossy(&core::mem::take(&mut field)).into_owned());
                if record_end {
                    records.push(core::mem::take(&mut record));
                }
            }
            ReadFieldResult::End => return records,
        }
    }
}

/// Appends one record with its line break.
pub fn write_record<'a>(out: &mut String, fields: impl Iterator<Item = &'a str>) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains(['"', ',', '\n', '\r']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written() {
        let rows = [["a", "b, c"], ["q\"q", ""], ["two\nlines", "ü"]];
        let mut text = String::new();
        for row in rows {
            write_record(&mut text, row.into_iter());
        }
        assert_eq!(read(&text), rows);
        assert_eq!(read("").len(), 0);
        let long = "x".repeat(5000);
        assert_eq!(read(&long), [[long]]);
    }
}
