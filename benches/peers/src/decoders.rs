//! Reading the request alone: this crate's, MQTT's CONNECT with the same device id, uid and token
//! as client id, user name and password, and an HTTP upgrade to WebSocket that has them in its
//! path.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use wukongim_auth::frame::{Frame, Limits, Packet, Parsed};

use crate::rounds::Bench;
use crate::typical::DEVICE_ID;
use crate::users::{InTurn, hot_frames};

pub const OURS: &str = "decode CONNECT, all strings UTF-8-checked";
pub const MQTTRS: &str = "mqttrs: CONNECT, borrowed";
pub const MQTTBYTES: &str = "mqttbytes: CONNECT";
pub const RUMQTTC: &str = "rumqttc: CONNECT";
pub const HTTPARSE: &str = "httparse: upgrade to WebSocket";

const MAX: usize = 8 * 1024;

pub fn add<'a>(bench: &mut Bench<'a>, connects: &'a [Vec<u8>]) {
    bench.group("decoders");
    ours(bench, connects);
    let frames: Vec<Bytes> = hot_frames(mqtt_connect)
        .into_iter()
        .map(Bytes::from)
        .collect();
    mqttrs(bench, frames.clone());
    mqttbytes(bench, frames.clone());
    rumqttc(bench, frames);
    httparse(bench, hot_frames(upgrade));
}

fn ours<'a>(bench: &mut Bench<'a>, frames: &'a [Vec<u8>]) {
    let mut turn = InTurn::new(frames);
    bench.add(OURS, move || {
        let read = Frame::decode(black_box(turn.next()), 4, Limits::default());
        let Ok(Parsed::Complete { value: frame, .. }) = &read else {
            panic!("the frame is whole");
        };
        let Packet::Connect(connect) = &frame.packet else {
            panic!("it is a CONNECT");
        };
        assert_eq!(connect.uid.len(), 32);
        black_box(connect);
    });
    bench.reads(frames[0].len());
}

fn mqttrs(bench: &mut Bench<'_>, frames: Vec<Bytes>) {
    let (len, mut at) = (frames[0].len(), (0..frames.len()).cycle());
    bench.add(MQTTRS, move || {
        let frame = &frames[at.next().expect("endless")];
        let read = mqttrs::decode_slice(black_box(frame));
        let Ok(Some(mqttrs::Packet::Connect(connect))) = &read else {
            panic!("it is a CONNECT");
        };
        assert_eq!(connect.username.map(str::len), Some(32));
        black_box(connect);
    });
    bench.reads(len);
}

/// The buffer is shared, as its readers require: copies out of it are the peer's own.
fn mqttbytes(bench: &mut Bench<'_>, frames: Vec<Bytes>) {
    let (len, mut at) = (frames[0].len(), (0..frames.len()).cycle());
    bench.add(MQTTBYTES, move || {
        let frame = &frames[at.next().expect("endless")];
        let header = mqttbytes::check(black_box(frame).iter(), MAX).expect("a whole frame");
        let connect = mqttbytes::v4::Connect::read(header, frame.clone()).expect("a CONNECT");
        assert_eq!(
            connect.login.as_ref().map(|login| login.username.len()),
            Some(32)
        );
        black_box(&connect);
    });
    bench.reads(len);
}

fn rumqttc(bench: &mut Bench<'_>, frames: Vec<Bytes>) {
    use rumqttc::mqttbytes;

    let (len, mut at) = (frames[0].len(), (0..frames.len()).cycle());
    bench.add(RUMQTTC, move || {
        let frame = &frames[at.next().expect("endless")];
        let header = mqttbytes::check(black_box(frame).iter(), MAX).expect("a whole frame");
        let connect = mqttbytes::v4::Connect::read(header, frame.clone()).expect("a CONNECT");
        assert_eq!(
            connect.login.as_ref().map(|login| login.username.len()),
            Some(32)
        );
        black_box(&connect);
    });
    bench.reads(len);
}

fn httparse(bench: &mut Bench<'_>, requests: Vec<Vec<u8>>) {
    let (len, mut at) = (requests[0].len(), (0..requests.len()).cycle());
    bench.add(HTTPARSE, move || {
        let bytes = &requests[at.next().expect("endless")];
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut request = httparse::Request::new(&mut headers);
        let status = request.parse(black_box(bytes)).expect("a request");
        assert_eq!(status, httparse::Status::Complete(bytes.len()));
        black_box(&request);
    });
    bench.reads(len);
}

fn mqtt_connect(uid: &str, token: &str) -> Vec<u8> {
    let mut connect = mqttbytes::v4::Connect::new(DEVICE_ID);
    connect.set_login(uid, token);
    let mut bytes = BytesMut::new();
    connect.write(&mut bytes).expect("it fits");
    bytes.to_vec()
}

fn upgrade(uid: &str, token: &str) -> Vec<u8> {
    format!(
        "GET /ws?uid={uid}&token={token}&deviceId={DEVICE_ID}&deviceFlag=1 HTTP/1.1\r\n\
         Host: im.example.com\r\n\
         Connection: Upgrade\r\n\
         Upgrade: websocket\r\n\
         Origin: https://im.example.com\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}
