//! The types of members' values, and how they are read.

use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::store::members::OneOf;
use crate::time::Timestamp;

/// The only member of the map into which serde_json turns a number if any crate in the build
/// enables its feature `arbitrary_precision`. Without support for it, numbers could not be read
/// then.
const NUMBER_IN_DIGITS: &str = "$serde_json::private::Number";

/// The type of a member's value. Each kind of value is rejected unless the type accepts it.
pub(in crate::store) trait Value: Sized {
    const EXPECTED: &'static str;
    /// How errors describe an integer that the type does not accept.
    const WRONG_INTEGER: &'static str = "a number";
    const IS_OBJECT: bool = false;

    fn from_text(_: &str) -> Option<Self> {
        None
    }

    fn from_integer(_: i64) -> Option<Self> {
        None
    }

    /// Called only if [`IS_OBJECT`](Self::IS_OBJECT) is set.
    fn from_object<'de, A: MapAccess<'de>>(_: A) -> Result<Option<Self>, A::Error> {
        Ok(None)
    }
}

pub(super) fn wrong<E: Error>(name: &str, expected: &str, found: &str) -> E {
    E::custom(format_args!("{name} should be {expected}, but is {found}"))
}

/// Reads one value of any kind.
pub(super) struct Seed<T> {
    name: &'static str,
    to: PhantomData<T>,
}

impl<T: Value> Seed<T> {
    pub(super) const fn new(name: &'static str) -> Self {
        let to = PhantomData;
        Seed { name, to }
    }

    fn expect<E: Error>(self, value: Option<T>, found: &str) -> Result<Option<T>, E> {
        match value {
            Some(value) => Ok(Some(value)),
            None => Err(wrong(self.name, T::EXPECTED, found)),
        }
    }
}

impl<'de, T: Value> DeserializeSeed<'de> for Seed<T> {
    type Value = Option<T>;

    /// Asks for any kind of value: if asked for a certain type, a deserializer would produce its
    /// own error, which quotes the value.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Value> Visitor<'de> for Seed<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        self.expect(T::from_text(text), "a string")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Option<T>, E> {
        self.expect(None, "true or false")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Option<T>, E> {
        self.expect(T::from_integer(number), T::WRONG_INTEGER)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Option<T>, E> {
        let number = i64::try_from(number).ok();
        self.expect(number.and_then(T::from_integer), T::WRONG_INTEGER)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Option<T>, E> {
        self.expect(None, T::WRONG_INTEGER)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Option<T>, E> {
        self.expect(None, T::WRONG_INTEGER)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Option<T>, E> {
        self.expect(None, "a floating-point number")
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Option<T>, E> {
        self.expect(None, "bytes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Option<T>, A::Error> {
        self.expect(None, "a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Option<T>, A::Error> {
        if T::IS_OBJECT {
            return T::from_object(access);
        }
        if access
            .next_key_seed(OneOf(&[NUMBER_IN_DIGITS]))?
            .flatten()
            .is_none()
        {
            return self.expect(None, "an object");
        }
        match access.next_value::<String>()?.parse() {
            Ok(number) => self.visit_i64(number),
            Err(_) => self.expect(None, "a floating-point number"),
        }
    }
}

impl Value for String {
    const EXPECTED: &'static str = "a string";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

macro_rules! integers {
    ($($type:ty: $expected:literal),*) => {$(
        impl Value for $type {
            const EXPECTED: &'static str = $expected;
            const WRONG_INTEGER: &'static str = "a number out of range";

            fn from_integer(number: i64) -> Option<Self> {
                <$type>::try_from(number).ok()
            }
        }
    )*};
}

integers!(
    u8: "an integer from 0 to 255",
    u32: "an integer from 0 to 4294967295",
    i64: "an integer"
);

impl Value for Timestamp {
    const EXPECTED: &'static str = "an integer of milliseconds";
    const WRONG_INTEGER: &'static str = "a number out of range";

    fn from_integer(millis: i64) -> Option<Self> {
        Some(Timestamp::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use core::iter;

    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    fn read<T: Value>(key: &str, digits: &str) -> Result<Option<T>, Error> {
        let map = MapDeserializer::new(iter::once((key, digits)));
        Seed::new("device_flag").deserialize(map)
    }

    #[test]
    fn a_number_in_digits_is_a_number() {
        let key = NUMBER_IN_DIGITS;
        assert_eq!(read::<u8>(key, "255"), Ok(Some(255)));
        assert_eq!(read::<i64>(key, "-1"), Ok(Some(-1)));
        let refused = |outcome: Result<Option<u8>, Error>| outcome.unwrap_err().to_string();
        let expected = "device_flag should be an integer from 0 to 255, but is";
        for (digits, found) in [
            ("256", "a number out of range"),
            ("-1", "a number out of range"),
            ("1.0", "a floating-point number"),
            ("1e3", "a floating-point number"),
        ] {
            assert_eq!(refused(read(key, digits)), [expected, found].join(" "));
        }
        assert_eq!(
            read::<String>(key, "5").unwrap_err().to_string(),
            "device_flag should be a string, but is a number"
        );
        assert_eq!(
            refused(read("other", "5")),
            [expected, "an object"].join(" ")
        );
    }
}
