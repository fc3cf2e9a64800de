//! What is examined: the library's comparison, and twins that are broken on purpose. A check that
//! finds nothing wrong with a twin does not work.

use core::hint::black_box;

use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};

/// `compare` as a host calls it.
#[inline(never)]
pub fn library(presented: &str, stored: Option<&Secret>, absent: SecretForm) -> bool {
    compare(PresentedToken::new(presented), stored, absent)
}

/// A comparison of a presented with a stored token of the same length.
pub type Comparison = fn(&[u8], &[u8]) -> bool;

/// The broken twins by name.
pub const BROKEN: [(&str, Comparison); 4] = [
    ("slice-eq", slice_eq),
    ("early-exit", early_exit),
    ("table-index", table_index),
    ("length-first", length_first),
];

#[inline(never)]
fn slice_eq(presented: &[u8], stored: &[u8]) -> bool {
    presented == stored
}

#[inline(never)]
fn early_exit(presented: &[u8], stored: &[u8]) -> bool {
    for (a, b) in presented.iter().zip(stored) {
        if black_box(*a) != black_box(*b) {
            return false;
        }
    }
    true
}

/// Looks every stored byte up in a table: no branch, but addresses that depend on the secret.
#[inline(never)]
fn table_index(presented: &[u8], stored: &[u8]) -> bool {
    static FOLDED: [u8; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            table[i] = (i as u8).wrapping_mul(167);
            i += 1;
        }
        table
    };
    let mut difference = 0;
    for (a, b) in presented.iter().zip(stored) {
        difference |= FOLDED[usize::from(*a)] ^ black_box(&FOLDED)[usize::from(*b)];
    }
    difference == 0
}

/// Takes the first stored byte for a length, and asks for it before the rest. An `@` is 64.
#[inline(never)]
fn length_first(presented: &[u8], stored: &[u8]) -> bool {
    if usize::from(black_box(stored[0])) != presented.len() {
        return false;
    }
    all_equal(presented, &stored[1..])
}

fn all_equal(presented: &[u8], stored: &[u8]) -> bool {
    let differences = presented.iter().zip(stored).map(|(a, b)| a ^ b);
    differences.fold(0, |all, one| all | one) == 0
}
