//! Which shard a uid's records are in.

/// So many locks that a writer seldom meets anybody at one.
pub(super) const SHARDS: usize = 64;

/// Into which the hashes are divided to choose a shard.
pub(super) const POSITIONS: u64 = 1 << 16;

/// The shard of a hash.
///
/// A table takes its index from the low bits of the hash and its tags from the topmost: the shard
/// comes from bits between, or the tables would fill unevenly.
#[inline(always)]
pub(super) fn of_hash(hash: u64) -> usize {
    let [_, _, high, low, ..] = hash.to_be_bytes();
    of_position(u64::from(u16::from_be_bytes([high, low])))
}

/// The shard at a position.
///
/// Shards differ in size, by up to a factor of two: tables double when they are full, and so they do
/// it one by one instead of all at the same time, and what is unused in them is a steady share of
/// the store. With `x` from 0 to 1 out of the hash, `x * (4 - x) / 3` is a curve from 0 to 1 whose
/// slope falls to a half.
#[inline(always)]
pub(super) fn of_position(position: u64) -> usize {
    let curve = (4 * POSITIONS)
        .wrapping_sub(position)
        .wrapping_mul(position)
        / (3 * POSITIONS);
    usize::try_from(curve)
        .unwrap_or_default()
        .wrapping_mul(SHARDS)
        >> 16
}
