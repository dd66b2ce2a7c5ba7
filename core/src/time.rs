//! Time as a value: the caller says what time it is, and nobody here reads a clock.

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The second that a civil date and time in UTC names, or `None` if it does not exist.
    ///
    /// Years 0 to 9999 of the proleptic Gregorian calendar. Second 60 is refused, as X.509 writes none.
    #[must_use]
    pub const fn from_civil(
        year: u32,
        month: u32,
        day: u32,
        hour: u32,
        minute: u32,
        second: u32,
    ) -> Option<Self> {
        if year > 9999 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let leap = year & 3 == 0 && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last_day = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || day > last_day {
            return None;
        }
        // Years and months are counted from March, so that the leap day is the last of a year; one
        // cycle of 400 years is added, so that nothing is negative. No sum below exceeds 5 million.
        let (months, years) = if month > 2 {
            (month.wrapping_sub(3), year.wrapping_add(400))
        } else {
            (month.wrapping_add(9), year.wrapping_add(399))
        };
        // (153 m + 2) / 5: 0, 31, 61, 92, … the days before each month from March on.
        let days = years
            .wrapping_mul(365)
            .wrapping_add(years / 4)
            .wrapping_sub(years / 100)
            .wrapping_add(years / 400)
            .wrapping_add(months.wrapping_mul(153).wrapping_add(2) / 5)
            .wrapping_add(day);
        let seconds = hour.wrapping_mul(60).wrapping_add(minute).wrapping_mul(60).wrapping_add(second);
        // 1970-01-01 is day 865_566 of this count.
        let days = (days as i64).wrapping_sub(865_566);
        Some(Self(days.wrapping_mul(86_400).wrapping_add(seconds as i64)))
    }
}
