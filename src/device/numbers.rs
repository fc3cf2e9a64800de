//! Sets of device flags, formatted for messages and fixes.

use core::fmt;

use crate::device::{DeviceFlag, DeviceFlags, Numbered};

/// Writes `0 (APP), 1 (WEB), 4` with the given separator, or `none` for an empty set.
///
/// Three or more consecutive numbers without names are joined to a range such as `3-98`, so that
/// the line stays readable even if a server allows all 256 flags.
pub(crate) struct Numbers(pub(crate) DeviceFlags, pub(crate) &'static str);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Numbers(flags, separator) = *self;
        let mut rest = flags.iter().peekable();
        let mut before = "";
        while let Some(first) = rest.next() {
            let (mut last, mut is_long) = (first, false);
            while let Some(next) = rest.next_if(|next| follows(last, *next)) {
                is_long = last != first;
                last = next;
            }
            let between = if is_long { "-" } else { separator };
            write!(f, "{before}{}", Numbered(first))?;
            if last != first {
                write!(f, "{between}{}", Numbered(last))?;
            }
            before = separator;
        }
        match flags.is_empty() {
            true => f.write_str("none"),
            false => Ok(()),
        }
    }
}

/// Returns whether both flags have no name and their numbers are consecutive.
fn follows(flag: DeviceFlag, next: DeviceFlag) -> bool {
    matches!((flag, next), (DeviceFlag::Custom(_), DeviceFlag::Custom(_)))
        && u8::from(flag).checked_add(1) == Some(next.into())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn numbers(of: impl IntoIterator<Item = u8>) -> alloc::string::String {
        let flags: DeviceFlags = of.into_iter().map(DeviceFlag::from).collect();
        Numbers(flags, ", ").to_string()
    }

    #[test]
    fn flags_are_listed_by_number() {
        assert_eq!(numbers([]), "none");
        assert_eq!(numbers([4]), "4");
        assert_eq!(numbers([0, 1, 4]), "0 (APP), 1 (WEB), 4");
        assert_eq!(numbers([2, 3, 4]), "2 (PC), 3, 4");
        assert_eq!(numbers([4, 5, 6, 8]), "4-6, 8");
        assert_eq!(numbers(98..=101), "98, 99 (SYSTEM), 100, 101");
        let all = "0 (APP), 1 (WEB), 2 (PC), 3-98, 99 (SYSTEM), 100-255";
        assert_eq!(numbers(0..=255), all);
    }
}
