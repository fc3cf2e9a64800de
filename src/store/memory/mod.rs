//! The embedded store.

mod bulk;
mod entry;
mod sharding;

use core::convert::Infallible;
use core::fmt;
use core::hash::{BuildHasher, Hasher};
use core::time::Duration;
use std::boxed::Box;
use std::hash::RandomState;
use std::sync::PoisonError;
use std::vec::Vec;

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;

use self::entry::Entry;
use self::sharding::SHARDS;
use crate::device::{DeviceFlag, DeviceFlags};
use crate::store::TokenStore;
use crate::store::record::{RotateError, TokenRecord};
use crate::time::Timestamp;
use crate::token::Secret;

/// An embedded, concurrent store that keeps tokens in memory.
///
/// The content is lost with the process: write changes through to a persistent store, or issue
/// tokens again after a restart.
///
/// # Concurrency
/// Readers do not wait for each other. As long as at most eight threads read, they share no lock's
/// cache line either, so each core adds its own throughput. A writer locks one of 64 shards, and
/// writing takes twice as long as with a plain lock. All flags of a user share a shard. A thread's
/// first lookup registers the thread under a process-wide lock, and that may allocate; later
/// lookups do not.
///
/// # Memory
/// A record takes about 190 bytes in total, independent of the number of users: 112 bytes for the
/// record and its key, if the uid has up to 36 bytes and the token up to 64 or only a digest is
/// stored, and the rest for free slots. An expiry takes 32 bytes more; a longer uid or token, a
/// superseded token and a revocation take more as well. An empty store takes about 72 KiB.
///
/// A growing store moves the records of one shard at a time, and lookups in that shard wait
/// meanwhile. See [`reserve`](MemoryStore::reserve), and collect an iterator to fill a store with
/// many records.
///
/// # Hashing
/// The default hasher is SipHash with a random key. If users choose their own uids, anyone who
/// knows how uids are hashed could register many that collide, and slow lookups down. SipHash takes
/// about a tenth of a connection's instructions. If uids are chosen by you, or if speed matters
/// more, use a faster hasher with a random seed ([`with_hasher`](MemoryStore::with_hasher)).
///
/// # Examples
/// ```
/// use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord};
///
/// let store = MemoryStore::new();
/// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// store.insert("alice", DeviceFlag::App, record);
///
/// let tombstone = store.revoke("alice", DeviceFlag::App, Timestamp::now());
/// assert_eq!(tombstone.map(|record| record.revocations()), Some(1));
/// ```
pub struct MemoryStore<S = RandomState> {
    shards: Box<[Shard; SHARDS]>,
    hasher: S,
}

/// Aligned to cache lines of its own, so that a write to one table's head does not slow down its
/// neighbours.
#[derive(Default)]
#[repr(align(128))]
struct Shard(ShardedLock<HashTable<Entry>>);

impl MemoryStore {
    /// Creates an empty store.
    ///
    /// ```
    /// use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};
    ///
    /// let store = MemoryStore::new();
    /// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// store.insert("alice", DeviceFlag::Web, record);
    /// assert_eq!(store.len(), 1);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<S: BuildHasher> MemoryStore<S> {
    /// Creates an empty store that hashes uids with `hasher`.
    ///
    /// Without a random seed, anyone who chooses uids can slow lookups down. ahash, for example, is
    /// faster than the default and randomly seeded
    /// (`MemoryStore::with_hasher(ahash::RandomState::new())`); its resistance to chosen keys has
    /// been examined less than SipHash's.
    pub fn with_hasher(hasher: S) -> Self {
        MemoryStore {
            shards: Box::new(core::array::from_fn(|_| Shard::default())),
            hasher,
        }
    }

    /// Registers a record in place of any existing one, whose
    /// [revocations](TokenRecord::revocations) are carried over.
    pub fn insert(&self, uid: &str, device_flag: DeviceFlag, record: TokenRecord) {
        let entry = Entry::new(uid, device_flag, record);
        self.with_slot(uid, device_flag, |slot| match slot {
            Slot::Occupied(mut slot) => {
                let entry = entry.replacing(slot.get());
                *slot.get_mut() = entry;
            }
            Slot::Vacant(slot) => {
                slot.insert(entry);
            }
        });
    }

    /// Rotates the token of one (uid, device flag) in one atomic step, as [`TokenRecord::rotate`]
    /// does. Returns the new record, or `None` if no token is registered and nothing was changed.
    ///
    /// ```
    /// use core::time::Duration;
    /// use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord};
    ///
    /// let (store, now) = (MemoryStore::new(), Timestamp::now());
    /// let first = TokenRecord::issue(Token::new("first"), DeviceLevel::Slave);
    /// store.insert("alice", DeviceFlag::App, first);
    ///
    /// // The first token is accepted for another minute.
    /// let overlap_ends = now.saturating_add(Duration::from_secs(60));
    /// let record = store.rotate("alice", DeviceFlag::App, Token::new("second"), overlap_ends)?;
    /// assert_eq!(record.unwrap().superseded_until(), Some(overlap_ends));
    /// # Ok::<(), wukongim_auth::provision::RotateError>(())
    /// ```
    ///
    /// # Errors
    /// [`RotateError`] for a tombstone, which stays unchanged.
    pub fn rotate(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        secret: impl Into<Secret>,
        overlap_ends: Timestamp,
    ) -> Result<Option<TokenRecord>, RotateError> {
        let secret = secret.into();
        let mut refused = None;
        let record = self.update(uid, device_flag, |record| {
            let rotated = record?.rotate(secret, overlap_ends);
            Some(rotated.unwrap_or_else(|error| {
                let tombstone = error.clone().into_record();
                refused = Some(error);
                tombstone
            }))
        });
        refused.map_or(Ok(record), Err)
    }

    /// Revokes the token of one (uid, device flag) in one atomic step, as [`TokenRecord::revoke`]
    /// does. Returns the tombstone, or `None` if no token is registered.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token};
    /// use wukongim_auth::{TokenRecord, verify};
    ///
    /// let (store, now) = (MemoryStore::new(), Timestamp::now());
    /// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// store.insert("alice", DeviceFlag::Web, record);
    /// store.revoke("alice", DeviceFlag::Web, now);
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&store, &credentials, now).unwrap_err();
    /// assert_eq!(error.label(), "revoked");
    /// ```
    pub fn revoke(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        now: Timestamp,
    ) -> Option<TokenRecord> {
        self.update(uid, device_flag, |record| Some(record?.revoke(now)))
    }

    /// Replaces the record of one (uid, device flag) by the result of `change`, in one atomic step.
    /// `None` means "no record", as argument and as result. Returns the record that is registered
    /// afterwards.
    ///
    /// `change` runs under the shard's lock, so it must not call this store. If it panics, the
    /// record stays unchanged. If it returns `None`, the record is removed, even a tombstone; any
    /// other result carries over the record's [revocations](TokenRecord::revocations).
    ///
    /// ```
    /// use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};
    ///
    /// let store = MemoryStore::new();
    /// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// // Registers it only if nothing is there, a tombstone included.
    /// store.update("alice", DeviceFlag::Web, |before| Some(before.unwrap_or(record)));
    /// assert_eq!(store.len(), 1);
    /// ```
    pub fn update(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        change: impl FnOnce(Option<TokenRecord>) -> Option<TokenRecord>,
    ) -> Option<TokenRecord> {
        self.with_slot(uid, device_flag, |slot| match slot {
            Slot::Occupied(mut slot) => {
                let (before, revocations) = (slot.get().record(), slot.get().revocations());
                let is_token = before.revoked_at().is_none();
                let next = change(Some(before)).map(|next| next.in_place_of(revocations, is_token));
                match next.clone() {
                    Some(record) => *slot.get_mut() = Entry::new(uid, device_flag, record),
                    None => drop(slot.remove()),
                }
                next
            }
            Slot::Vacant(slot) => {
                let next = change(None);
                if let Some(record) = next.clone() {
                    slot.insert(Entry::new(uid, device_flag, record));
                }
                next
            }
        })
    }

    /// Calls `change` with the slot of one (uid, device flag), while its shard is locked.
    fn with_slot<T>(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        change: impl FnOnce(Slot<'_, Entry>) -> T,
    ) -> T {
        let hash = self.hash(uid.as_bytes());
        let mut table = self.shard(hash).write();
        let (uid_bytes, flag) = (uid.as_bytes(), device_flag.wire());
        let is_it = |entry: &Entry| entry.is(uid_bytes, flag);
        let rehash = |entry: &Entry| self.hash(entry.uid());
        change(table.entry(hash, is_it, rehash))
    }

    /// Removes tombstones and expired tokens that ended more than `retention` ago (use
    /// [`TokenRecord::RETENTION`] unless you have a reason not to), and returns their number. Their
    /// cause is then [`NotIssued`](crate::Cause::NotIssued). A retention shorter than the
    /// verifier's leeway would remove tokens that are still accepted. Locks one shard at a time.
    ///
    /// ```
    /// use wukongim_auth::{MemoryStore, Timestamp, TokenRecord};
    ///
    /// let store = MemoryStore::new();
    /// // Once a day:
    /// let forgotten = store.purge(Timestamp::now(), TokenRecord::RETENTION);
    /// assert_eq!(forgotten, 0);
    /// ```
    pub fn purge(&self, now: Timestamp, retention: Duration) -> usize {
        let purge_shard = |shard: &Shard| {
            let mut table = shard.write();
            let before = table.len();
            table.retain(|entry| !entry.record().is_purgeable(now, retention));
            before.saturating_sub(table.len())
        };
        self.shards.iter().map(purge_shard).sum()
    }

    /// The number of records, including tombstones. Counted shard by shard.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Returns whether there is no record at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hashes only the bytes. A slice's own `Hash` also writes the length, which would distinguish
    /// nothing here.
    fn hash(&self, uid: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(uid);
        hasher.finish()
    }

    #[allow(clippy::indexing_slicing, reason = "taken modulo the length")]
    fn shard(&self, hash: u64) -> &Shard {
        &self.shards[sharding::of_hash(hash) % SHARDS]
    }
}

impl<S: BuildHasher> TokenStore for MemoryStore<S> {
    type Error = Infallible;

    fn get(&self, uid: &str, device_flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
        let hash = self.hash(uid.as_bytes());
        let (uid, flag) = (uid.as_bytes(), device_flag.wire());
        let table = self.shard(hash).read();
        let entry = table.find(hash, |entry| entry.is(uid, flag));
        Ok(entry.map(Entry::record))
    }

    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Infallible> {
        let hash = self.hash(uid.as_bytes());
        let table = self.shard(hash).read();
        let find = |flag: DeviceFlag| {
            let is_it = |entry: &Entry| entry.is(uid.as_bytes(), flag.wire());
            let entry = table.find(hash, is_it)?;
            Some((flag, entry.record()))
        };
        Ok(flags.iter().filter_map(find).collect())
    }
}

/// Poisoning is ignored, because a panic under a lock leaves the table intact: `update` changes it
/// only after your closure has returned.
impl Shard {
    fn read(&self) -> ShardedLockReadGuard<'_, HashTable<Entry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> ShardedLockWriteGuard<'_, HashTable<Entry>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows the number of records, and none of them.
impl<S: BuildHasher> fmt::Debug for MemoryStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use core::hash::BuildHasherDefault;
    use std::format;
    use std::hash::DefaultHasher;
    use std::vec::Vec;

    use super::*;
    use crate::device::DeviceLevel;
    use crate::token::Token;

    /// By design, a shard holds between three quarters and one and a half times the average; see
    /// `sharding`.
    #[test]
    fn users_are_spread_over_all_shards() {
        const AVERAGE: usize = 200;
        let store = MemoryStore::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
        for user in 0..AVERAGE * SHARDS {
            let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
            store.insert(&format!("{user:032x}"), DeviceFlag::App, record);
        }
        let mut sizes: Vec<_> = store.shards.iter().map(|s| s.read().len()).collect();
        let (first, last) = (sizes[0], sizes[SHARDS - 1]);
        sizes.sort_unstable();
        let (smallest, largest) = (sizes[0], sizes[SHARDS - 1]);
        assert!(smallest > AVERAGE / 2, "{sizes:?}");
        assert!(largest < 2 * AVERAGE, "{sizes:?}");
        assert!(first < AVERAGE && last > AVERAGE, "{first} {last}");
        assert!(largest > smallest * 3 / 2, "{sizes:?}");
    }
}
