//! `compare` in its plain form: a row's figures may differ between presented lengths, never within
//! one.

use std::hint::black_box;

use wukongim_auth::Token;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};

use crate::rounds::Bench;

/// Up to the longest token that is compared directly.
const LENGTHS: [usize; 3] = [16, 32, 64];

pub const GROUP: &str = "compare";

pub fn add(bench: &mut Bench<'_>) {
    bench.group(GROUP);
    for len in LENGTHS {
        let presented = "0123456789abcdef".repeat(len / 16);
        let stored = |token: &str| Some(Secret::from(Token::new(token)));
        let first = format!("X{}", &presented[1..]);
        let last = format!("{}X", &presented[1..]);
        let cases = [
            ("right", stored(&presented), true),
            ("wrong in the first byte", stored(&first), false),
            ("wrong in the last byte", stored(&last), false),
            ("stored shorter", stored(&presented[1..]), false),
            ("stored longer", stored(&format!("{presented}X")), false),
            ("absent", None, false),
        ];
        for (name, secret, equal) in cases {
            let presented = presented.clone();
            bench.add(format!("compare {len} bytes, {name}"), move || {
                let presented = PresentedToken::new(black_box(&presented));
                let result = compare(presented, black_box(secret.as_ref()), SecretForm::Plain);
                assert_eq!(result, equal);
            });
            bench.reads(len);
        }
    }
}
