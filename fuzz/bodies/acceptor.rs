// What has to hold for the first bytes of a connection, however they are cut into portions, and for
// the answer to them.
//
// Input: limit, time and key policy, three places to cut at, a mode, then bytes. Mode 0 takes them
// as they are (with runs), mode 1 writes a CONNECT whose strings are a length and a fill byte each.

use ring::rand::SystemRandom;
use wukongim_auth::frame::{Connack, Connect, Frame, Limits, Packet, Parsed};
use wukongim_auth::{
    AcceptOptions, Acceptor, DeviceFlag, DeviceLevel, Disposition, Handshake, KeyPolicy, Pending,
    Protocol, ReasonCode, Refused, Timestamp, Verified, check,
};

include!("extent.rs");
include!("input.rs");

const LIMITS: [usize; 5] = [8 * 1024, 0, 23, 64, 300];
const TIMES: [i64; 4] = [1_800_000_000_000, 0, i64::MAX, i64::MIN];
const POLICIES: [KeyPolicy; 3] = [KeyPolicy::Required, KeyPolicy::IfOffered, KeyPolicy::Never];
const LONGEST_HEADER: usize = 5;

/// Of longer inputs not every byte comes alone, for speed.
const BYTE_BY_BYTE_UP_TO: usize = 256;

/// A good X25519 key, a low-order point, and one that is not canonical.
const CLIENT_KEYS: [&str; 4] = [
    "",
    "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
];

fn acceptor(data: &[u8]) {
    let mut input = Input(data);
    // The largest limit is rare, for speed.
    let max = match input.byte() {
        0xff => 1 << 20,
        index => LIMITS[usize::from(index) % LIMITS.len()],
    };
    let limits = Limits::default().with_max_body(max).unwrap();
    let options = AcceptOptions::new(Timestamp::from_millis(input.pick(&TIMES)))
        .with_node_id(u64::from(input.byte()))
        .with_keys(input.pick(&POLICIES));
    let cuts = [input.number(), input.number(), input.number()];
    let mut bytes = Vec::new();
    if input.byte() % 2 == 1 {
        connect(&mut input, &mut bytes);
    }
    bytes.extend(input.runs(max + 64));
    delimited(&bytes, &cuts, limits);
    if let Ok(Some(pending)) = Acceptor::new().with_limits(limits).receive(&bytes) {
        if let Ok(handshake) = pending.handshake() {
            answered(&handshake, &bytes, &options);
        }
    }
}

fn connect(input: &mut Input<'_>, out: &mut Vec<u8>) {
    let (version, flag) = (input.byte(), DeviceFlag::from(input.byte()));
    let text = |len: usize, fill: u8| char::from(fill).to_string().repeat(len % 0x3fff);
    let mut texts = [(); 3].map(|()| text(input.byte().into(), input.byte()));
    if input.chance() {
        texts[1] = text(input.number(), input.byte());
    }
    let mut connect = Connect::new(version, &texts[0], flag, texts[1].as_str());
    connect.device_id = &texts[2];
    connect.client_timestamp = input.pick(&TIMES);
    connect.client_key = input.pick(&CLIENT_KEYS);
    Frame::from(connect).encode(version, out).unwrap();
}

#[derive(Debug, PartialEq)]
enum Event {
    Nothing,
    Refused(String),
    Request {
        handshake: Result<String, String>,
        rest: Vec<u8>,
    },
}

/// The same whatever the portions, and where the protocol says.
fn delimited(bytes: &[u8], cuts: &[usize], limits: Limits) {
    let mut acceptor = Acceptor::with_buffer(b"from before".to_vec()).with_limits(limits);
    let whole = event(&mut acceptor, [bytes], limits);
    match (&whole, extent(bytes, limits.max_body())) {
        (Event::Nothing, Extent::Open) | (Event::Refused(_), Extent::Refused) => {}
        (Event::Request { rest, .. }, Extent::Ends { header, end }) => {
            assert_eq!(rest, &bytes[end..]);
            assert!(end - header <= limits.max_body());
        }
        (event, extent) => panic!("{event:?} where the protocol says {extent:?}"),
    }
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    ends.sort_unstable();
    let starts = [0].into_iter().chain(ends.iter().copied());
    let portions = starts.zip(ends.iter().copied().chain([bytes.len()]));
    let portions = portions.map(|(start, end)| &bytes[start..end]);
    // Once there was a request, the acceptor is as good as new: here one that is soon over.
    let mut used = Acceptor::new().with_limits(limits);
    if let Ok(Some(_)) = used.receive(b"  {}") {
        acceptor = used;
    } else if !matches!(whole, Event::Request { .. }) {
        acceptor = Acceptor::new().with_limits(limits);
    }
    assert_eq!(event(&mut acceptor, portions, limits), whole);
    if bytes.len() <= BYTE_BY_BYTE_UP_TO {
        let mut acceptor = Acceptor::new().with_limits(limits);
        assert_eq!(event(&mut acceptor, bytes.chunks(1), limits), whole);
    }
}

fn event<'a>(
    acceptor: &mut Acceptor,
    portions: impl IntoIterator<Item = &'a [u8]>,
    limits: Limits,
) -> Event {
    let mut portions = portions.into_iter();
    while let Some(portion) = portions.next() {
        match acceptor.receive(portion) {
            Ok(None) => {
                let most = limits.max_body() + LONGEST_HEADER;
                assert!(held(acceptor) <= most, "{acceptor:?}");
            }
            Ok(Some(pending)) => {
                assert_eq!(held(acceptor), 0, "{acceptor:?}");
                return request(pending, portions);
            }
            Err(error) => {
                let most = limits.max_body() + LONGEST_HEADER + portion.len();
                assert!(held(acceptor) <= most, "{acceptor:?}");
                return Event::Refused(error.to_string());
            }
        }
    }
    Event::Nothing
}

fn request<'a>(pending: Pending, unread: impl Iterator<Item = &'a [u8]>) -> Event {
    let handshake = match pending.handshake() {
        Ok(handshake) => Ok(format!("{handshake:?}")),
        Err(error) => Err(error.to_string()),
    };
    let mut rest = pending.into_rest();
    unread.for_each(|portion| rest.extend_from_slice(portion));
    Event::Request { handshake, rest }
}

fn held(acceptor: &Acceptor) -> usize {
    let shown = format!("{acceptor:?}");
    let (_, len) = shown.split_once("received_len: ").unwrap();
    len.split_once(',').unwrap().0.parse().unwrap()
}

fn answered(handshake: &Handshake<'_>, bytes: &[u8], options: &AcceptOptions) {
    let credentials = handshake.credentials();
    let (uid, flag) = (credentials.uid, credentials.device_flag);
    let proof = |uid: &str| Verified::dangerously_unverified(uid, flag, DeviceLevel::Slave);
    let random = SystemRandom::new();
    let mut reply = Vec::new();
    let accepted = handshake
        .clone()
        .accept(proof(uid), options, &random, &mut reply);
    let refused = refusals(handshake, options.now);
    match (accepted, client(handshake, bytes)) {
        (Ok(session), Client::Binary(connect)) => {
            assert_eq!(session.version(), connect.version.min(6));
            let has_key = !connect.client_key.is_empty() && options.keys != KeyPolicy::Never;
            assert_eq!(session.keys().is_some(), has_key);
            let connack = connack(&reply, session.version());
            welcomed(connack, &connect, has_key, options);
        }
        (Ok(session), Client::Json(request)) => {
            assert!(session.keys().is_none());
            let reply: serde_json::Value = serde_json::from_slice(&reply).unwrap();
            assert_eq!(reply["id"], request["id"]);
            assert_eq!(reply["result"]["reasonCode"], 1);
            assert_eq!(reply["result"]["nodeId"], options.node_id);
            assert!(reply.get("error").is_none());
        }
        (Err(error), Client::Binary(connect)) => {
            let reason = match (error, connect.client_key) {
                (Refused::ClientKeyMissing, "") => 21,
                (Refused::ClientKeyInvalid, key) if !key.is_empty() => 2,
                (error, key) => panic!("{error} for {key:?}"),
            };
            assert_eq!(reply, refusal(connect.version, reason));
        }
        (Err(error), Client::Json(_)) => panic!("{error}: JSON-RPC knows no keys"),
    }
    // A proof about somebody else writes nothing, and neither does a refusal without room.
    let mut other = Vec::new();
    let error = handshake
        .clone()
        .accept(proof(&format!("{uid}2")), options, &random, &mut other)
        .unwrap_err();
    assert_eq!((error, other.as_slice()), (Refused::OtherPeer, &b""[..]));
    let mut room = vec![0xaa; refused.len() - 1];
    let error = check(&credentials, None, options.now).unwrap_err();
    handshake.clone().reject(&error, &mut room.as_mut_slice());
    assert!(room.iter().all(|byte| *byte == 0xaa));
}

/// What the client sent, read without the acceptor.
enum Client<'a> {
    Binary(Connect<'a>),
    Json(serde_json::Value),
}

fn client<'a>(handshake: &Handshake<'_>, bytes: &'a [u8]) -> Client<'a> {
    let Extent::Ends { end, .. } = extent(bytes, 1 << 20) else {
        panic!("a handshake has an end");
    };
    if handshake.protocol() == Protocol::JsonRpc {
        // Numbers and escapes that nobody looks at may be beyond what a value can hold.
        let id = serde_json::json!({ "id": id_in(handshake) });
        return Client::Json(serde_json::from_slice(&bytes[..end]).unwrap_or(id));
    }
    match Frame::decode(&bytes[..end], 0, Limits::UPSTREAM) {
        Ok(Parsed::Complete { value, rest: [] }) => match value.packet {
            Packet::Connect(connect) => Client::Binary(connect),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// The refusal is the other answer that names it.
fn id_in(handshake: &Handshake<'_>) -> serde_json::Value {
    let refusal = refusals(handshake, Timestamp::default());
    serde_json::from_slice::<serde_json::Value>(&refusal).unwrap()["id"].clone()
}

/// The bytes of a refusal, which say nothing but that.
fn refusals(handshake: &Handshake<'_>, now: Timestamp) -> Vec<u8> {
    let error = check(&handshake.credentials(), None, now).unwrap_err();
    let mut out = Vec::new();
    let disposition = handshake.clone().reject(&error, &mut out);
    assert_eq!(disposition, Disposition::Reject(ReasonCode::AuthFail));
    match handshake.protocol() {
        Protocol::Wkproto => assert_eq!(out, refusal(handshake.session_version(), 2)),
        _ => {
            let reply: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(reply["error"]["code"], 2);
            assert!(reply["id"].is_string() && reply.get("result").is_none());
        }
    }
    out
}

/// Written by hand from PROTOCOL §3.
fn refusal(client_version: u8, reason: u8) -> Vec<u8> {
    let body = [0, 0, 0, 0, 0, 0, 0, 0, reason, 0, 0, 0, 0];
    match client_version {
        0..4 => [&b"\x20\x0d"[..], &body].concat(),
        _ => [&b"\x21\x16"[..], &[client_version.min(6)], &body, &[0; 8]].concat(),
    }
}

fn connack(reply: &[u8], version: u8) -> Connack<'_> {
    match Frame::decode(reply, version, Limits::UPSTREAM) {
        Ok(Parsed::Complete { value, rest: [] }) => match value.packet {
            Packet::Connack(connack) => connack,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn welcomed(connack: Connack<'_>, connect: &Connect<'_>, has_key: bool, options: &AcceptOptions) {
    let is_new = connect.version >= 4;
    assert_eq!(connack.reason, ReasonCode::Success);
    assert_eq!(
        connack.server_version,
        is_new.then_some(connect.version.min(6))
    );
    assert_eq!(connack.node_id, if is_new { options.node_id } else { 0 });
    let time_diff = options
        .now
        .as_millis()
        .wrapping_sub(connect.client_timestamp);
    assert_eq!(connack.time_diff, time_diff);
    let lens = (connack.server_key.len(), connack.salt.len());
    assert_eq!(lens, if has_key { (44, 16) } else { (0, 0) });
}
