//! Each number is one flag, reason code or frame type: `==`, `match` and `Hash` agree.

use std::collections::{BTreeSet, HashSet};

use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{FrameType, Limits, Parsed, RawFrame};

#[test]
fn every_number_is_one_value_and_comes_back() {
    for number in 0..=u8::MAX {
        assert_eq!(u8::from(ReasonCode::from(number)), number);
        assert_eq!(u8::from(DeviceFlag::from(number)), number);
    }
    let numbers = || 0..=u8::MAX;
    let codes: HashSet<ReasonCode> = numbers().map(ReasonCode::from).collect();
    let flags: HashSet<DeviceFlag> = numbers().map(DeviceFlag::from).collect();
    assert_eq!((codes.len(), flags.len()), (256, 256));
}

/// A value with a name is never `Other` or `Custom`, so a `match` on the name covers all of it.
#[test]
fn a_number_with_a_name_is_its_name() {
    let unnamed = |number| matches!(ReasonCode::from(number), ReasonCode::Other(_));
    let first_unnamed = (0..=u8::MAX).find(|number| unnamed(*number));
    assert_eq!(first_unnamed, Some(30));
    assert!((30..=u8::MAX).all(unnamed));
    assert_eq!(ReasonCode::from(1), ReasonCode::Success);
    assert_eq!(ReasonCode::from(29), ReasonCode::MessageSeqExhausted);
    assert_eq!(ReasonCode::from(30).to_string(), "reason 30");

    let custom = |number: &u8| matches!(DeviceFlag::from(*number), DeviceFlag::Custom(_));
    let named: Vec<u8> = (0..=u8::MAX).filter(|number| !custom(number)).collect();
    assert_eq!(named, [0, 1, 2, 99]);
}

#[test]
fn frame_types_are_1_to_12() {
    let types: BTreeSet<u8> = (0..16)
        .filter_map(|number: u8| {
            let bytes = [number << 4, 0];
            match RawFrame::split_first(&bytes, Limits::default()) {
                Ok(Parsed::Complete { value, .. }) => Some(u8::from(value.frame_type)),
                _ => None,
            }
        })
        .collect();
    assert_eq!(types, (1..=12).collect());
    assert_eq!(u8::from(FrameType::Connack), 2);
}
