//! Reads the members of an object, without quoting what it finds.
//!
//! Derived code would take a list for an object too, and its errors quote the value, which may be a
//! token, and the names of unknown members. These errors name the member, what it is and what it
//! should be.

use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::time::Timestamp;

/// The only member of the map that serde_json makes of a number if any crate in the build turns its
/// feature `arbitrary_precision` on. Without it, numbers could then not be read.
const NUMBER_IN_DIGITS: &str = "$serde_json::private::Number";

/// What is read from an object.
pub(super) trait Object: Sized {
    /// Without any member.
    const EMPTY: Self;
    /// What it is called in errors: `stored record`.
    const NAME: &'static str;
    const MEMBERS: &'static [&'static str];
    const REQUIRED: &'static [&'static str] = &[];
    /// Whether a member of another name is an error; otherwise it is passed over.
    const IS_CLOSED: bool = false;

    /// Takes the member, which is one of [`MEMBERS`](Self::MEMBERS) and comes once.
    fn take<'de, A: MapAccess<'de>>(&mut self, member: Member<'_, A>) -> Result<(), A::Error>;
}

/// What a member may be. Each kind of value is refused unless the type takes it.
pub(super) trait Value: Sized {
    const EXPECTED: &'static str;
    /// What an integer is that is not taken.
    const WRONG_INTEGER: &'static str = "a number";
    const IS_OBJECT: bool = false;

    fn from_text(_: &str) -> Option<Self> {
        None
    }

    fn from_integer(_: i64) -> Option<Self> {
        None
    }

    /// Called for a type that says so.
    fn from_object<'de, A: MapAccess<'de>>(_: A) -> Result<Option<Self>, A::Error> {
        Ok(None)
    }
}

/// Reads an object, and nothing else.
pub(super) fn read<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Seed::<Whole<T>>::new(T::NAME).deserialize(deserializer)?;
    let Whole(object) = value.ok_or_else(|| wrong(T::NAME, Whole::<T>::EXPECTED, "null"))?;
    Ok(object)
}

fn members<'de, T: Object, A: MapAccess<'de>>(mut access: A) -> Result<T, A::Error> {
    let mut object = T::EMPTY;
    let mut seen = 0_u32;
    while let Some(known) = access.next_key_seed(OneOf(T::MEMBERS))? {
        let Some(name) = known else {
            if T::IS_CLOSED {
                let name = T::NAME;
                return Err(A::Error::custom(format_args!(
                    "{name} has a member that is unknown here"
                )));
            }
            access.next_value::<IgnoredAny>()?;
            continue;
        };
        let bit = bit_of::<T>(name);
        if seen & bit != 0 {
            return Err(A::Error::custom(format_args!("{name} is there twice")));
        }
        seen |= bit;
        let access = &mut access;
        object.take(Member { name, access })?;
    }
    let is_missing = |name: &&&str| seen & bit_of::<T>(name) == 0;
    match T::REQUIRED.iter().find(is_missing) {
        Some(missing) => Err(A::Error::custom(format_args!(
            "{} has no {missing}",
            T::NAME
        ))),
        None => Ok(object),
    }
}

fn bit_of<T: Object>(name: &str) -> u32 {
    let index = T::MEMBERS.iter().position(|member| *member == name);
    let index = index.and_then(|index| u32::try_from(index).ok());
    index.map_or(0, |index| 1_u32.wrapping_shl(index))
}

/// A member whose name was read and whose value is next.
pub(super) struct Member<'a, A> {
    name: &'static str,
    access: &'a mut A,
}

impl<'de, A: MapAccess<'de>> Member<'_, A> {
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The value; `None` for null.
    pub(super) fn value<T: Value>(self) -> Result<Option<T>, A::Error> {
        self.access.next_value_seed(Seed::new(self.name))
    }

    /// The value, which must not be null.
    pub(super) fn required<T: Value>(self) -> Result<T, A::Error> {
        let name = self.name;
        let value = self.value()?;
        value.ok_or_else(|| wrong(name, T::EXPECTED, "null"))
    }
}

fn wrong<E: Error>(name: &str, expected: &str, found: &str) -> E {
    E::custom(format_args!("{name} should be {expected}, and is {found}"))
}

/// Reads one value, of whatever kind it is.
struct Seed<T> {
    name: &'static str,
    to: PhantomData<T>,
}

impl<T: Value> Seed<T> {
    const fn new(name: &'static str) -> Self {
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

    /// Whatever comes: asked for a certain type, a deserializer would make the error itself.
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

/// Reads a member's name: one of these, or `None`.
struct OneOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneOf {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|known| *known == name))
    }

    /// Formats other than JSON have names that are no text.
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// An object by itself or in a member.
pub(super) struct Whole<T>(pub(super) T);

impl<T: Object> Value for Whole<T> {
    const EXPECTED: &'static str = "an object";
    const IS_OBJECT: bool = true;

    fn from_object<'de, A: MapAccess<'de>>(access: A) -> Result<Option<Self>, A::Error> {
        members(access).map(Whole).map(Some)
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
