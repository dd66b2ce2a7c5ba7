//! Time as a value: the caller says what time it is, and nobody here reads a clock.

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The second that a civil date and time in UTC names, or `None` if it does not exist.
    ///
    /// Years 0 to 9999 of the proleptic Gregorian calendar. Second 60 is refused, as X.509 writes none.
    #[must_use]
    pub fn from_civil(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<Self> {
        // The days before each month of a year that begins in March, where the leap day is last.
        const DAYS_BEFORE: [i64; 12] = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
        const DAYS_IN: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

        if !(0..=9999).contains(&year)
            || !(0..24).contains(&hour)
            || !(0..60).contains(&minute)
            || !(0..60).contains(&second)
        {
            return None;
        }
        let month = usize::try_from(month.checked_sub(1)?).ok()?;
        let leap = year & 3 == 0 && (year.checked_rem(100)? != 0 || year.checked_rem(400)? == 0);
        let leap_day = i64::from(leap && month == 1);
        if !(1..=DAYS_IN.get(month)?.checked_add(leap_day)?).contains(&day) {
            return None;
        }
        // Years since 1 March of year -400, so that divisions round down.
        let years = year.checked_add(400)?.checked_sub(i64::from(month < 2))?;
        let days = years
            .checked_mul(365)?
            .checked_add(years >> 2)?
            .checked_sub(years.checked_div(100)?)?
            .checked_add(years.checked_div(400)?)?
            .checked_add(*DAYS_BEFORE.get(month)?)?
            .checked_add(day)?
            // 1970-01-01 on the same count, of which the day above is 1.
            .checked_sub(865_566)?;
        days.checked_mul(24)?
            .checked_add(hour)?
            .checked_mul(60)?
            .checked_add(minute)?
            .checked_mul(60)?
            .checked_add(second)
            .map(Self)
    }
}
