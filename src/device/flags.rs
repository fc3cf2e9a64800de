//! A set of device flags.

use core::{fmt, iter};

use crate::device::DeviceFlag;

/// Number of bits in one word of the set.
const WORD_BITS: u8 = 64;

/// A set of device flags, out of all 256. Printed as `APP, WEB, 4`.
///
/// ```
/// use wukongim_auth::{DeviceFlag, DeviceFlags};
///
/// let flags = DeviceFlags::CLIENTS.with(DeviceFlag::from(4));
/// assert!(flags.contains(DeviceFlag::Web));
/// assert_eq!(flags.to_string(), "APP, WEB, PC, 4");
///
/// let flags: DeviceFlags = [DeviceFlag::Pc, DeviceFlag::Web].into_iter().collect();
/// assert_eq!(flags.to_string(), "WEB, PC");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceFlags([u64; 4]);

impl DeviceFlags {
    /// No flag at all.
    pub const NONE: DeviceFlags = DeviceFlags([0; 4]);

    /// The flags that ordinary clients use: APP, WEB and PC.
    pub const CLIENTS: DeviceFlags = DeviceFlags::NONE
        .with(DeviceFlag::App)
        .with(DeviceFlag::Web)
        .with(DeviceFlag::Pc);

    /// Returns the set with this flag added.
    ///
    /// ```
    /// use wukongim_auth::{DeviceFlag, DeviceFlags};
    ///
    /// let flags = DeviceFlags::CLIENTS
    ///     .with(DeviceFlag::from(4))
    ///     .without(DeviceFlag::Pc);
    /// assert_eq!(flags.to_string(), "APP, WEB, 4");
    /// assert!(flags.contains(DeviceFlag::Web));
    /// assert_eq!(flags.iter().count(), 3);
    /// ```
    #[must_use]
    pub const fn with(self, flag: DeviceFlag) -> Self {
        let [a, b, c, d] = self.0;
        let [in_a, in_b, in_c, in_d] = single(flag);
        DeviceFlags([a | in_a, b | in_b, c | in_c, d | in_d])
    }

    /// Returns the set without this flag.
    #[must_use]
    pub const fn without(self, flag: DeviceFlag) -> Self {
        let [a, b, c, d] = self.0;
        let [in_a, in_b, in_c, in_d] = single(flag);
        DeviceFlags([a & !in_a, b & !in_b, c & !in_c, d & !in_d])
    }

    /// Returns whether the flag is in the set.
    #[must_use]
    #[inline]
    pub const fn contains(self, flag: DeviceFlag) -> bool {
        let [a, b, c, d] = self.0;
        let number = flag.wire();
        let word = match number / WORD_BITS {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        (word >> (number % WORD_BITS)) & 1 == 1
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self.0, [0, 0, 0, 0])
    }

    /// The number of flags in the set.
    #[must_use]
    pub const fn len(self) -> u32 {
        let [a, b, c, d] = self.0;
        a.count_ones()
            .saturating_add(b.count_ones())
            .saturating_add(c.count_ones())
            .saturating_add(d.count_ones())
    }

    /// Iterates over the flags in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = DeviceFlag> {
        let mut rest = self.0;
        iter::from_fn(move || {
            let mut words = [0_u8, 64, 128, 192].into_iter().zip(&mut rest);
            let (offset, word) = words.find(|(_, word)| **word != 0)?;
            let bit = u8::try_from(word.trailing_zeros()).ok()?;
            // Clears the lowest bit that is set.
            *word &= word.wrapping_sub(1);
            Some(DeviceFlag::from(offset.saturating_add(bit)))
        })
    }
}

/// The words of a set that contains only this flag.
const fn single(flag: DeviceFlag) -> [u64; 4] {
    let number = flag.wire();
    let bit = 1 << (number % WORD_BITS);
    match number / WORD_BITS {
        0 => [bit, 0, 0, 0],
        1 => [0, bit, 0, 0],
        2 => [0, 0, bit, 0],
        _ => [0, 0, 0, bit],
    }
}

impl From<DeviceFlag> for DeviceFlags {
    fn from(flag: DeviceFlag) -> Self {
        DeviceFlags::NONE.with(flag)
    }
}

impl FromIterator<DeviceFlag> for DeviceFlags {
    fn from_iter<I: IntoIterator<Item = DeviceFlag>>(flags: I) -> Self {
        flags.into_iter().fold(DeviceFlags::NONE, DeviceFlags::with)
    }
}

impl fmt::Display for DeviceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, flag) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            flag.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn every_flag_is_a_member_of_its_own() {
        for number in 0..=u8::MAX {
            let flag = DeviceFlag::from(number);
            let set = DeviceFlags::from(flag);
            assert_eq!(set.iter().collect::<Vec<_>>(), [flag]);
            assert!(!set.is_empty());
            assert_eq!(set.without(flag), DeviceFlags::NONE);
            let all: DeviceFlags = (0..=u8::MAX).map(DeviceFlag::from).collect();
            assert_eq!(all.without(flag).len(), 255);
            assert!(!all.without(flag).contains(flag));
            assert_eq!(set.with(flag), set, "added twice");
            assert_eq!(
                all.without(flag).without(flag).len(),
                255,
                "{flag} removed twice"
            );
        }
    }
}
