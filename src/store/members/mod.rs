//! Reads the members of an object, without quoting what it finds.
//!
//! Derived code would take a list for an object too, and its errors quote the value, which may be a
//! token, and the names of unknown members. These errors name the member, what it is and what it
//! should be.

mod value;

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use self::value::{Seed, Value, wrong};

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

/// Reads an object: a list, a text or null is an error.
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
