//! The zone of times that name none, and in which times are shown.

use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, civil};
use wukongim_auth::Timestamp;

use crate::line::{When, time_in};

#[derive(Clone, Default)]
pub struct Zone(Option<TimeZone>);

impl Zone {
    /// `Asia/Shanghai`, `UTC`, `+08:00`, or `local` for this machine's.
    pub fn parse(name: &str) -> Option<Self> {
        let fixed = || {
            let at = time_in(&format!("1970-01-02T00:00:00{name}"))?;
            let millis = 86_400_000 - at.at.as_millis();
            let seconds = i32::try_from(millis / 1000).ok()?;
            let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
            at.has_zone.then(|| TimeZone::fixed(offset))
        };
        let named = || match name {
            "local" => Some(TimeZone::system()),
            "UTC" => Some(TimeZone::UTC),
            name => TimeZone::get(name).ok(),
        };
        let zone = fixed().or_else(named)?;
        Some(Zone(Some(zone)))
    }

    /// A time, in this zone if it names none.
    pub fn resolve(&self, when: When) -> When {
        let resolved = || {
            let zone = self.0.as_ref().filter(|_| !when.has_zone)?;
            let at = zone.to_ambiguous_timestamp(clock(when.at, &TimeZone::UTC)?);
            let millis = at.compatible().ok()?.as_millisecond();
            Some(When {
                at: Timestamp::from_millis(millis),
                has_zone: true,
            })
        };
        resolved().unwrap_or(when)
    }

    /// `2026-04-23 09:00:01`; with a `Z` if that is UTC and no zone was asked for.
    pub fn show(&self, when: When) -> String {
        let zone = self.0.as_ref().filter(|_| when.has_zone);
        let Some(clock) = clock(when.at, zone.unwrap_or(&TimeZone::UTC)) else {
            return "-".to_owned();
        };
        let mark = if zone.is_none() && when.has_zone {
            "Z"
        } else {
            ""
        };
        format!("{}{mark}", clock.strftime("%Y-%m-%d %H:%M:%S"))
    }

    /// ` (+08:00)`, for the heading of times that are shown in it.
    pub fn label(&self) -> String {
        let Some(zone) = &self.0 else {
            return String::new();
        };
        let name = zone.iana_name().map(str::to_owned);
        let fixed = || zone.to_fixed_offset().ok().map(|offset| offset.to_string());
        format!(
            " ({})",
            name.or_else(fixed).unwrap_or_else(|| "local".to_owned())
        )
    }

    /// `2026-04-23`, `2026-04-23 09:00`, with seconds and a zone or without; or `90m`, `2h`, `1d`
    /// before now.
    pub fn parse_time(&self, text: &str) -> Option<When> {
        let ago = || {
            let unit = text.chars().last()?;
            // Without a sign: `-2h` would be two hours from now.
            let number = text.strip_suffix(unit)?;
            let number: u32 = number.parse().ok().filter(|_| !number.starts_with('+'))?;
            let seconds = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3_600,
                'd' => 86_400,
                _ => return None,
            };
            let millis = i64::from(number).checked_mul(seconds * 1_000)?;
            Some(When {
                at: Timestamp::from_millis(Timestamp::now().as_millis().checked_sub(millis)?),
                has_zone: true,
            })
        };
        let padded = match text.len() {
            10 => format!("{text} 00:00:00"),
            16 => format!("{text}:00"),
            _ => text.to_owned(),
        };
        let at = time_in(&padded).map(|when| self.resolve(when));
        at.or_else(ago)
    }
}

fn clock(at: Timestamp, zone: &TimeZone) -> Option<civil::DateTime> {
    let instant = Instant::from_millisecond(at.as_millis()).ok()?;
    Some(zone.to_datetime(instant))
}
