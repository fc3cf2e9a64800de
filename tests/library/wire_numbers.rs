//! Flags and reason codes are their wire numbers, however they are spelt: compared, and as keys.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use wukongim_auth::{DeviceFlag, ReasonCode};

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn equal_where_the_numbers_are() {
    for a in 0..=255 {
        for b in 0..=255 {
            let equal = a == b;
            assert_eq!(ReasonCode::from(a) == ReasonCode::Other(b), equal);
            assert_eq!(DeviceFlag::from(a) == DeviceFlag::Unknown(b), equal);
        }
    }
}

#[test]
fn hashed_by_their_numbers() {
    let numbers = || 0..=255_u8;
    let of_codes: BTreeSet<u64> = numbers().map(|n| hash_of(ReasonCode::from(n))).collect();
    let of_flags: BTreeSet<u64> = numbers().map(|n| hash_of(DeviceFlag::from(n))).collect();
    assert_eq!((of_codes.len(), of_flags.len()), (256, 256));
    for number in numbers() {
        assert!(of_codes.contains(&hash_of(ReasonCode::Other(number))));
        assert!(of_flags.contains(&hash_of(DeviceFlag::Unknown(number))));
    }
}
