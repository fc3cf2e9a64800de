//! Bulk registration, for a program that starts.

use core::hash::BuildHasher;

use crate::device::DeviceFlag;
use crate::store::memory::MemoryStore;
use crate::store::memory::sharding::{POSITIONS, SHARDS, of_position};
use crate::store::record::TokenRecord;

impl<S: BuildHasher> MemoryStore<S> {
    /// Reserves room for `additional` more records. This is a hint: if there is not enough memory,
    /// nothing is reserved.
    ///
    /// A full shard is moved to a table of twice the size while the shard is locked, and lookups in
    /// that shard wait. The longest wait grows with the number of records, to some tens of
    /// milliseconds at ten million. A store that has reserved its room moves nothing while it is
    /// filled. Locks one shard at a time.
    ///
    /// ```
    /// use wukongim_auth::MemoryStore;
    ///
    /// let store = MemoryStore::new();
    /// store.reserve(10_000); // how many the database says there are
    /// ```
    pub fn reserve(&self, additional: usize) {
        let mut shares = [0_usize; SHARDS];
        for position in 0..POSITIONS {
            if let Some(share) = shares.get_mut(of_position(position)) {
                *share = share.saturating_add(1);
            }
        }
        for (shard, share) in self.shards.iter().zip(shares) {
            // `additional * share / 65536`, split so that nothing overflows.
            let (all, rest) = (additional >> 16, additional & 0xffff);
            let expected = all
                .saturating_mul(share)
                .saturating_add(rest.saturating_mul(share) >> 16);
            // Hashes are random, so reserve four standard deviations more.
            let room = expected.saturating_add(expected.isqrt().saturating_mul(4));
            let _ = shard
                .write()
                .try_reserve(room, |entry| self.hash(entry.uid()));
        }
    }
}

/// Registers each record as [`MemoryStore::insert`] does, in order. The last record of a pair
/// stays.
///
/// ```
/// use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};
///
/// let record = || TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// let store: MemoryStore = ["alice", "bob"]
///     .map(|uid| (uid, DeviceFlag::App, record()))
///     .into_iter()
///     .collect();
/// assert_eq!(store.len(), 2);
/// ```
impl<S, U> FromIterator<(U, DeviceFlag, TokenRecord)> for MemoryStore<S>
where
    S: BuildHasher + Default,
    U: AsRef<str>,
{
    fn from_iter<I: IntoIterator<Item = (U, DeviceFlag, TokenRecord)>>(records: I) -> Self {
        let mut store = MemoryStore::with_hasher(S::default());
        store.extend(records);
        store
    }
}

impl<S, U> Extend<(U, DeviceFlag, TokenRecord)> for MemoryStore<S>
where
    S: BuildHasher,
    U: AsRef<str>,
{
    fn extend<I: IntoIterator<Item = (U, DeviceFlag, TokenRecord)>>(&mut self, records: I) {
        (&*self).extend(records);
    }
}

/// For a store that is already shared. Other threads may read and write meanwhile.
impl<S, U> Extend<(U, DeviceFlag, TokenRecord)> for &MemoryStore<S>
where
    S: BuildHasher,
    U: AsRef<str>,
{
    fn extend<I: IntoIterator<Item = (U, DeviceFlag, TokenRecord)>>(&mut self, records: I) {
        let records = records.into_iter();
        self.reserve(records.size_hint().0);
        for (uid, device_flag, record) in records {
            self.insert(uid.as_ref(), device_flag, record);
        }
    }
}
