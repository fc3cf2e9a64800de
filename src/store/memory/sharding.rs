//! The mapping of uids to shards.

/// Number of shards, chosen so that writers rarely contend.
pub(super) const SHARDS: usize = 64;

/// The number of positions into which hashes are divided to choose a shard.
pub(super) const POSITIONS: u64 = 1 << 16;

/// Returns the shard of a hash.
///
/// A table takes its index from the low bits of the hash and its tags from the top bits, so the
/// shard is chosen by bits between them. Otherwise the tables would fill unevenly.
#[inline(always)]
pub(super) fn of_hash(hash: u64) -> usize {
    let [_, _, high, low, ..] = hash.to_be_bytes();
    of_position(u64::from(u16::from_be_bytes([high, low])))
}

/// Returns the shard at a position.
///
/// Shards deliberately differ in size, by up to a factor of two. A table doubles when it is full.
/// If all shards were equally large, all tables would double at about the same time, and right
/// afterwards half of the store would be unused. With different sizes they double one by one, and
/// the unused share is steady.
///
/// The curve is `y = x * (4 - x) / 3`, where `x` is the position as a fraction from 0 to 1 and `y`
/// the shard as a fraction. Its slope falls from 4/3 to 2/3, so the last shard covers twice as many
/// positions as the first. All numbers are scaled by `POSITIONS`, so that integers suffice.
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
