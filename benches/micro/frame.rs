//! Reading and writing frames of ordinary size. `cargo bench -p wukongim-auth-benches --bench frame`

mod typical;

use divan::{Bencher, black_box};
use typical::{CLIENT_KEY, connect, finish};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{
    Connack, Disconnect, Frame, FrameType, Limits, Packet, Parsed, RawFrame,
};

const VERSION: u8 = 4;
const SALT: &str = "mTmhzOGMt9bgnnlQ";

/// The minimum cost of reading a frame: touching its bytes once.
#[divan::bench]
fn copy_the_bytes_of_a_connect(bencher: Bencher<'_, '_>) {
    let bytes = written(&connect().into());
    let mut copy = vec![0; bytes.len()];
    bencher.bench_local(|| black_box(&mut copy[..]).copy_from_slice(black_box(&bytes)));
}

#[divan::bench]
fn delimit_connect(bencher: Bencher<'_, '_>) {
    let bytes = written(&connect().into());
    bencher.bench_local(|| finish(RawFrame::split_first(black_box(&bytes), Limits::default())));
}

#[divan::bench]
fn decode_connect(bencher: Bencher<'_, '_>) {
    let bytes = written(&connect().into());
    bencher.bench_local(|| finish(Frame::decode(black_box(&bytes), VERSION, Limits::default())));
}

/// A uid that is not ASCII, and a token so long that its length has a byte of 0x80 or more.
#[divan::bench]
fn decode_connect_of_many_scripts(bencher: Bencher<'_, '_>) {
    let token = "t".repeat(200);
    let mut connect = connect();
    connect.uid = "käthe-张三🙂";
    connect.token = token.as_str().into();
    let bytes = written(&connect.into());
    bencher.bench_local(|| finish(Frame::decode(black_box(&bytes), VERSION, Limits::default())));
}

#[divan::bench]
fn decode_connack(bencher: Bencher<'_, '_>) {
    decode(bencher, welcome().into());
}

#[divan::bench]
fn decode_disconnect(bencher: Bencher<'_, '_>) {
    decode(bencher, kick().into());
}

#[divan::bench]
fn decode_ping(bencher: Bencher<'_, '_>) {
    decode(bencher, Frame::new(Packet::Ping));
}

/// All other frames are only delimited.
#[divan::bench]
fn decode_send(bencher: Bencher<'_, '_>) {
    let (frame_type, body) = (FrameType::Send, &[7; 200][..]);
    decode(bencher, Frame::new(Packet::Other { frame_type, body }));
}

#[divan::bench]
fn encode_connect(bencher: Bencher<'_, '_>) {
    encode(bencher, connect().into());
}

#[divan::bench]
fn encode_connack_accepting(bencher: Bencher<'_, '_>) {
    encode(bencher, welcome().into());
}

#[divan::bench]
fn encode_connack_refusing(bencher: Bencher<'_, '_>) {
    encode(bencher, Connack::new(ReasonCode::AuthFail).into());
}

#[divan::bench]
fn encode_disconnect(bencher: Bencher<'_, '_>) {
    encode(bencher, kick().into());
}

#[divan::bench]
fn encode_ping(bencher: Bencher<'_, '_>) {
    encode(bencher, Frame::new(Packet::Ping));
}

fn welcome() -> Connack<'static> {
    let mut connack = Connack::new(ReasonCode::Success);
    connack.server_version = Some(VERSION);
    connack.time_diff = 3;
    connack.server_key = CLIENT_KEY;
    connack.salt = SALT;
    connack.node_id = 1;
    connack
}

fn kick() -> Disconnect<'static> {
    Disconnect::new(ReasonCode::ConnectKick, "logged in on another device")
}

fn decode(bencher: Bencher<'_, '_>, frame: Frame<'_>) {
    let bytes = written(&frame);
    bencher.bench_local(|| {
        let read = Frame::decode(black_box(&bytes), VERSION, Limits::default());
        assert!(matches!(read, Ok(Parsed::Complete { rest: [], .. })));
        finish(read);
    });
}

/// Into a buffer that is reused, as in a server.
fn encode(bencher: Bencher<'_, '_>, frame: Frame<'_>) {
    let mut buffer = Vec::with_capacity(1024);
    bencher.bench_local(|| {
        buffer.clear();
        black_box(&frame).encode(VERSION, &mut buffer).unwrap();
        black_box(buffer.len())
    });
}

fn written(frame: &Frame<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(VERSION, &mut bytes).unwrap();
    bytes
}

/// Samples are long enough to hide a cold start and the timer.
const SAMPLE_SIZE: u32 = 4096;

fn main() {
    divan::Divan::default()
        .sample_size(SAMPLE_SIZE)
        .config_with_args()
        .main();
}
