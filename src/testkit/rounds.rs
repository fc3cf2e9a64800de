//! How often what goes wrong only now and then is tried.

/// So many rounds with `ROUNDS=full` in the environment, a quarter of them without.
pub(super) fn rounds(full: usize) -> usize {
    match std::env::var_os("ROUNDS") {
        Some(wish) if wish == "full" => full,
        _ => full.div_ceil(4),
    }
}
