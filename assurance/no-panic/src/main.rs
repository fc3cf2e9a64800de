//! Every function here is linked with a promise: if a path to a panic is left in it after
//! optimisation, there is an undefined symbol. Run, it reads standard input as a frame.

use std::io::Read;

use no_panic::no_panic;
use wukongim_auth::Token;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::frame::{Connect, FrameError, Limits, Parsed, RawFrame};

/// In the plain form. The digest form calls ring, whose SHA-256 has assertions of its own.
///
/// On its own: inlined into `main`, it would be too large a part of it for `compare` to be inlined in
/// turn, and what is only called may always panic.
#[no_panic]
#[inline(never)]
fn same(presented: &str, stored: &Secret) -> bool {
    let is_plain = matches!(stored, Secret::Plain(_));
    let is_short = presented.len() <= 64;
    let presented = PresentedToken::new(presented);
    is_plain && is_short && compare(presented, Some(stored), SecretForm::Plain)
}

#[no_panic]
fn delimit(input: &[u8]) -> Result<Parsed<'_, RawFrame<'_>>, FrameError> {
    RawFrame::split_first(input, Limits::default())
}

#[no_panic]
fn connect(body: &[u8]) -> Result<Connect<'_>, FrameError> {
    Connect::decode(body)
}

/// What the promise is there to find.
#[cfg(feature = "control")]
#[no_panic]
fn careless(body: &[u8]) -> u8 {
    body[usize::from(body.len() > 2)]
}

fn main() -> std::io::Result<()> {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    #[cfg(feature = "control")]
    println!("{}", careless(&input));
    if let Ok(Parsed::Complete { value: frame, .. }) = delimit(&input) {
        if let Ok(connect) = connect(frame.body) {
            let stored = Secret::from(Token::new(std::env::args().next().unwrap_or_default()));
            let token = connect.token.expose_secret();
            println!("{}", same(token, &stored));
        }
    }
    Ok(())
}
