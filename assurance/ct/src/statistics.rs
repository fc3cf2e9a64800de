//! Timing samples of `compare` in two classes, and Welch's t-test between them (dudect): beyond
//! 4.5 the classes differ. `SAMPLES` says how many for each benchmark.

use std::hint::black_box;

use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use rand::RngExt;
use wukongim_auth::Token;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};

ctbench_main!(
    position_plain,
    position_digest,
    length_plain,
    absence_plain,
    absence_on_the_stack,
    long_or_short_stored,
    control_slice_eq,
    control_early_exit
);

const PRESENTED: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn position_plain(runner: &mut CtRunner, rng: &mut BenchRng) {
    let secrets = [differing_at(0), differing_at(63)].map(Some);
    library(runner, rng, PRESENTED, secrets, SecretForm::Plain);
}

fn position_digest(runner: &mut CtRunner, rng: &mut BenchRng) {
    let secrets = [differing_at(0), Secret::from(Token::new(PRESENTED))];
    let secrets = secrets.map(|secret| Some(secret.into_digest()));
    library(runner, rng, PRESENTED, secrets, SecretForm::Digest);
}

fn length_plain(runner: &mut CtRunner, rng: &mut BenchRng) {
    let secrets = ["0", PRESENTED].map(|text| Some(Token::new(text).into()));
    library(runner, rng, PRESENTED, secrets, SecretForm::Plain);
}

fn absence_plain(runner: &mut CtRunner, rng: &mut BenchRng) {
    absence(runner, rng, &Box::new(Token::new(PRESENTED).into()));
}

/// Beside what the sampling itself writes all the time. Where the stack begins decides how the two
/// share cache lines, and the system decides that anew for each process.
fn absence_on_the_stack(runner: &mut CtRunner, rng: &mut BenchRng) {
    absence(runner, rng, &Token::new(PRESENTED).into());
}

/// By reference: what stands in for nothing is one for the process, and always in the cache; whether
/// a fresh copy is there, the cache would show.
#[inline(always)]
fn absence(runner: &mut CtRunner, rng: &mut BenchRng, stored: &Secret) {
    let presented = PresentedToken::new(black_box(PRESENTED));
    sample(runner, rng, &[None, Some(stored)], |stored| {
        compare(presented, *stored, SecretForm::Plain)
    });
}

fn long_or_short_stored(runner: &mut CtRunner, rng: &mut BenchRng) {
    let long = PRESENTED.repeat(2);
    let secrets = [PRESENTED, &long].map(|text| Some(Token::new(text).into()));
    library(runner, rng, &long, secrets, SecretForm::Plain);
}

/// Four times the length that is compared as it is: a broken comparison of 32 or 64 bytes is
/// too fast to be told apart by a clock.
fn control_slice_eq(runner: &mut CtRunner, rng: &mut BenchRng) {
    control(runner, rng, |presented, stored| presented == stored);
}

fn control_early_exit(runner: &mut CtRunner, rng: &mut BenchRng) {
    control(runner, rng, |presented, stored| {
        presented.iter().zip(stored).all(|(a, b)| a == b)
    });
}

/// Everything about a class is prepared before its time is taken, a batch at once: what happens
/// right before a sample would show in it.
const BATCH: usize = 100;

fn library(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    presented: &str,
    secrets: [Option<Secret>; 2],
    form: SecretForm,
) {
    let presented = PresentedToken::new(black_box(presented));
    sample(runner, rng, &secrets, |stored| {
        compare(presented, stored.as_ref(), form)
    });
}

fn control(runner: &mut CtRunner, rng: &mut BenchRng, equal: fn(&[u8], &[u8]) -> bool) {
    let presented = [b'a'; 256];
    let mut stored = [presented, presented];
    stored[0][0] = b'b';
    stored[1][255] = b'b';
    let presented = black_box(&presented);
    sample(runner, rng, &stored, |stored| equal(presented, stored));
}

fn sample<T: Clone>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    [left, right]: &[T; 2],
    check: impl Fn(&T) -> bool,
) {
    for _ in 0..samples() / BATCH {
        let batch: Vec<(Class, T)> = (0..BATCH)
            .map(|_| match class(rng) {
                Class::Left => (Class::Left, left.clone()),
                Class::Right => (Class::Right, right.clone()),
            })
            .collect();
        for (class, value) in black_box(&batch) {
            runner.run_one(*class, || check(value));
        }
    }
}

fn class(rng: &mut BenchRng) -> Class {
    match rng.random::<bool>() {
        true => Class::Left,
        false => Class::Right,
    }
}

fn differing_at(at: usize) -> Secret {
    let mut text = PRESENTED.to_owned();
    text.replace_range(at..=at, "~");
    Token::new(text).into()
}

fn samples() -> usize {
    std::env::var("SAMPLES").map_or(1_000_000, |samples| samples.parse().unwrap())
}
