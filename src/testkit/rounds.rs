//! How many times an operation is repeated that fails only now and then.

/// This many rounds with `ROUNDS=full` in the environment, otherwise a quarter of them.
pub(super) fn rounds(full: usize) -> usize {
    match std::env::var_os("ROUNDS") {
        Some(wish) if wish == "full" => full,
        _ => full.div_ceil(4),
    }
}
