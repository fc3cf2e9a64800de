//! The comparison of tokens by length, right and wrong in all ways: a figure may differ between
//! lengths, never between columns of one length. `cargo bench -p wukongim-auth-benches --bench compare`

use divan::{Bencher, black_box};
use wukongim_auth::Token;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};

/// Up to 64 bytes are compared directly, longer tokens by their digest.
const LENGTHS: [usize; 7] = [16, 32, 64, 65, 128, 256, 1024];

#[divan::bench(args = LENGTHS)]
fn plain_right(bencher: Bencher<'_, '_>, len: usize) {
    plain(bencher, &stored(len), &stored(len));
}

#[divan::bench(args = LENGTHS)]
fn plain_wrong_first_byte(bencher: Bencher<'_, '_>, len: usize) {
    plain(bencher, &format!("X{}", &stored(len)[1..]), &stored(len));
}

#[divan::bench(args = LENGTHS)]
fn plain_wrong_last_byte(bencher: Bencher<'_, '_>, len: usize) {
    plain(bencher, &format!("{}X", &stored(len)[1..]), &stored(len));
}

/// The stored token is one byte longer.
#[divan::bench(args = LENGTHS)]
fn plain_wrong_length(bencher: Bencher<'_, '_>, len: usize) {
    plain(bencher, &stored(len), &stored(len + 1));
}

#[divan::bench(args = LENGTHS)]
fn plain_absent(bencher: Bencher<'_, '_>, len: usize) {
    run(bencher, &stored(len), None, SecretForm::Plain);
}

#[divan::bench(args = LENGTHS)]
fn digest_right(bencher: Bencher<'_, '_>, len: usize) {
    digest(bencher, &stored(len), &stored(len));
}

#[divan::bench(args = LENGTHS)]
fn digest_wrong_last_byte(bencher: Bencher<'_, '_>, len: usize) {
    digest(bencher, &format!("{}X", &stored(len)[1..]), &stored(len));
}

#[divan::bench(args = LENGTHS)]
fn digest_absent(bencher: Bencher<'_, '_>, len: usize) {
    run(bencher, &stored(len), None, SecretForm::Digest);
}

fn stored(len: usize) -> String {
    "0123456789abcdef".chars().cycle().take(len).collect()
}

fn plain(bencher: Bencher<'_, '_>, presented: &str, stored: &str) {
    let secret = Secret::from(Token::new(stored));
    run(bencher, presented, Some(&secret), SecretForm::Plain);
}

fn digest(bencher: Bencher<'_, '_>, presented: &str, stored: &str) {
    let secret = Secret::from(Token::new(stored)).into_digest();
    run(bencher, presented, Some(&secret), SecretForm::Digest);
}

fn run(bencher: Bencher<'_, '_>, presented: &str, secret: Option<&Secret>, absent: SecretForm) {
    bencher.bench_local(|| {
        let presented = PresentedToken::new(black_box(presented));
        compare(presented, black_box(secret), absent)
    });
}

/// Samples are long enough to hide a cold start and the timer.
const SAMPLE_SIZE: u32 = 4096;

fn main() {
    divan::Divan::default()
        .sample_size(SAMPLE_SIZE)
        .config_with_args()
        .main();
}
