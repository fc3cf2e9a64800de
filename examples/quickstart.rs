//! `cargo run --example quickstart` — issues a token, verifies a real client's CONNECT, and shows
//! two rejections as an operator sees them: a client that connects before its token is issued, and a
//! token of another device flag.

use std::error::Error;

use wukongim_auth::frame::{Frame, Limits, Packet, Parsed};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord, VerifyError,
    verify,
};

/// A CONNECT that the JS SDK 1.0.4 sent for the user `alice`, with the token `alice-web-token`.
const CONNECT: &[u8] = b"\x10\x73\x02\x01\
    \x00\x2110ae2855123ae2e2b8017c17ea46085dW\
    \x00\x05alice\
    \x00\x0falice-web-token\
    \x00\x00\x01\xa2\x01\xd7\xce\xed\
    \x00\x2clDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";

fn main() -> Result<(), Box<dyn Error>> {
    let Parsed::Complete { value: frame, .. } = Frame::decode(CONNECT, 6, Limits::default())?
    else {
        return Err("an incomplete frame".into());
    };
    let Packet::Connect(connect) = frame.packet else {
        return Err("not a CONNECT".into());
    };
    let credentials = Credentials::new(connect.uid, connect.device_flag, connect.token)
        .with_device_id(connect.device_id);

    // The client connects before its token is issued.
    let store = MemoryStore::new();
    let refused = verify(&store, &credentials, Timestamp::now()).unwrap_err();
    report("before the token was issued", &refused);

    // This is what POST /user/token does. From now on the client is accepted.
    let record = TokenRecord::issue(Token::new("alice-web-token"), DeviceLevel::Master);
    store.insert("alice", DeviceFlag::Web, record);
    let verified = verify(&store, &credentials, Timestamp::now())?;
    println!(
        "accepted: {} on {}\n",
        verified.uid(),
        verified.device_flag()
    );

    // The same token from a client that claims to be APP, although it is registered for WEB.
    let mut says_app = credentials;
    says_app.device_flag = DeviceFlag::App;
    let refused = verify(&store, &says_app, Timestamp::now()).unwrap_err();
    report("with another device flag", &refused);
    Ok(())
}

fn report(when: &str, error: &VerifyError) {
    println!("refused {when}:\n  {error}\n  fix: {}\n", error.fix());
}
