//! Points in time, passed in by the caller.

use core::fmt;
use core::time::Duration;
#[cfg(feature = "std")]
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// A point in time in milliseconds since the Unix epoch, the unit of every time on WuKongIM's wire.
///
/// Only `Timestamp::now` reads a clock. Every function that needs the time takes it as an argument.
/// `Display` writes UTC in RFC 3339 format; serde uses the plain number.
///
/// ```
/// use wukongim_auth::Timestamp;
///
/// let t = Timestamp::from_millis(1_700_000_000_123);
/// assert_eq!(t.to_string(), "2023-11-14T22:13:20.123Z");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest time that can be represented.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// Creates a timestamp from milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The system clock's time. A clock set before 1970 reads as 1970.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wukongim_auth::Timestamp;
    ///
    /// let now = Timestamp::now();
    /// let in_an_hour = now.saturating_add(Duration::from_secs(3600));
    /// assert!(in_an_hour > Timestamp::from(SystemTime::UNIX_EPOCH));
    /// ```
    #[cfg(feature = "std")]
    #[must_use]
    pub fn now() -> Self {
        Timestamp::from(SystemTime::now()).max(Timestamp::default())
    }

    /// Adds `duration` in whole milliseconds. The result is at most [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Timestamp(self.0.saturating_add_unsigned(millis(duration)))
    }

    /// Subtracts `duration` in whole milliseconds. The result is at least the earliest time that
    /// can be represented.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Timestamp(self.0.saturating_sub_unsigned(millis(duration)))
    }
}

/// Converts to whole milliseconds, rounded down. A time out of range becomes the nearest one in
/// range.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wukongim_auth::Timestamp;
///
/// let time = UNIX_EPOCH + Duration::from_micros(1_234_567);
/// assert_eq!(Timestamp::from(time), Timestamp::from_millis(1_234));
/// ```
#[cfg(feature = "std")]
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        const NEARLY_A_MILLI: Duration = Duration::from_nanos(999_999);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Timestamp::default().saturating_add(after),
            Err(before) => {
                let before = before.duration().saturating_add(NEARLY_A_MILLI);
                Timestamp::default().saturating_sub(before)
            }
        }
    }
}

/// Unsigned, because a duration can span the whole range from the earliest time to the latest.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MILLIS_PER_DAY));
        let of_day = self.0.rem_euclid(MILLIS_PER_DAY);
        let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
        let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
        )
    }
}

/// Converts days since 1970-01-01 to the proleptic Gregorian calendar, by Howard Hinnant's
/// `civil_from_days`.
#[allow(clippy::arithmetic_side_effects, reason = "1.1e11 days at most")]
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
