//! Reading of an object's members, with errors that never quote values.
//!
//! Derived code would accept a list for an object, and its errors quote values, which may be
//! tokens, and the names of unknown members. The errors here name the member, what it is, and what
//! it should be.

mod value;

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use self::value::{Seed, Value, wrong};

/// A type that is read from an object.
pub(super) trait Object: Sized {
    /// The object without any member.
    const EMPTY: Self;
    /// The object's name in errors, such as `stored record`.
    const NAME: &'static str;
    const MEMBERS: &'static [&'static str];
    const REQUIRED: &'static [&'static str] = &[];
    /// Whether an unknown member is an error. Otherwise it is ignored.
    const IS_CLOSED: bool = false;

    /// Takes a member, which is one of [`MEMBERS`](Self::MEMBERS). Called at most once for each.
    fn take<'de, A: MapAccess<'de>>(&mut self, member: Member<'_, A>) -> Result<(), A::Error>;
}

/// Reads an object. A list, a string or null is an error.
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
                    "{name} has an unknown member"
                )));
            }
            access.next_value::<IgnoredAny>()?;
            continue;
        };
        let bit = bit_of::<T>(name);
        if seen & bit != 0 {
            return Err(A::Error::custom(format_args!("{name} is given twice")));
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

/// A member whose name has been read and whose value is next.
pub(super) struct Member<'a, A> {
    name: &'static str,
    access: &'a mut A,
}

impl<'de, A: MapAccess<'de>> Member<'_, A> {
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Reads the value; `None` for null.
    pub(super) fn value<T: Value>(self) -> Result<Option<T>, A::Error> {
        self.access.next_value_seed(Seed::new(self.name))
    }

    /// Reads the value, which must not be null.
    pub(super) fn required<T: Value>(self) -> Result<T, A::Error> {
        let name = self.name;
        let value = self.value()?;
        value.ok_or_else(|| wrong(name, T::EXPECTED, "null"))
    }
}

/// Reads a member's name: one of these, or `None` for any other.
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

    /// In formats other than JSON, a name may be a number.
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// An object, on its own or as a member's value.
pub(super) struct Whole<T>(pub(super) T);

impl<T: Object> Value for Whole<T> {
    const EXPECTED: &'static str = "an object";
    const IS_OBJECT: bool = true;

    fn from_object<'de, A: MapAccess<'de>>(access: A) -> Result<Option<Self>, A::Error> {
        members(access).map(Whole).map(Some)
    }
}
