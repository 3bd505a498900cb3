//! Calendar dates in UTC (proleptic Gregorian), for years that four digits can write.

/// A moment of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;
const DAYS_PER_ERA: i64 = 146_097;

/// The calendar at a Unix time in seconds.
#[must_use]
pub fn civil(seconds: i64) -> Civil {
    let (days, rest) = (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
    // Years that start in March put the leap day last.
    let shifted = days + EPOCH_SHIFT;
    let era = shifted.div_euclid(DAYS_PER_ERA);
    let day_of_era = shifted.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u32,
        day: (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32,
        hour: (rest / 3600) as u32,
        minute: (rest / 60 % 60) as u32,
        second: (rest % 60) as u32,
    }
}

/// Unix time of the start of a day; `None` if there is no such day.
#[must_use]
pub fn day_start(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(-9999..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let seconds = (era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT) * SECONDS_PER_DAY;
    let back = civil(seconds);
    ((back.year, back.month, back.day) == (year, month, day)).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_and_day_numbers_agree() {
        for (year, month, day, seconds) in
            [(1970, 1, 1, 0), (2000, 2, 29, 951_782_400), (1969, 12, 31, -86_400), (2024, 1, 15, 1_705_276_800)]
        {
            assert_eq!(day_start(year, month, day), Some(seconds));
            let c = civil(seconds + 3661);
            assert_eq!((c.year, c.month, c.day, c.hour, c.minute, c.second), (year, month, day, 1, 1, 1));
        }
        for (year, month, day) in [(2023, 2, 29), (2024, 13, 1), (2024, 4, 31), (2024, 1, 0)] {
            assert_eq!(day_start(year, month, day), None);
        }
    }
}
