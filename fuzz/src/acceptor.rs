// What has to hold for the first bytes of a connection, however they are cut into chunks, and for
// the answer to them.
//
// Input: limit, time, node id and key policy, three places to cut at, a mode, then bytes. The mode's
// lowest bit: 0 takes them as they are (with runs), 1 writes a CONNECT whose strings are a length and
// a fill byte each. Its other bits choose what is tried, see `Tried`.

use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connack, Connect, Frame, FrameError, Limits, Packet, Parsed};
use wukongim_auth::session::{AcceptError, Protocol};
use wukongim_auth::{
    AcceptOptions, Acceptor, ConnectRequest, DeviceFlag, DeviceLevel, Disposition, Handshake,
    HandshakeError, KeyPolicy, RequestError, Timestamp, Verified, verify_record,
};

include!("reference_framing.rs");
include!("input.rs");

const LIMITS: [usize; 4] = [128, 0, 23, 64];
/// Rare, for speed.
const LARGE_LIMITS: [usize; 3] = [300, 8 * 1024, 1 << 20];
const TIMES: [i64; 4] = [1_800_000_000_000, 0, i64::MAX, i64::MIN];
const POLICIES: [KeyPolicy; 3] = [KeyPolicy::Required, KeyPolicy::IfOffered, KeyPolicy::Never];
const LONGEST_HEADER: usize = 5;

/// So many bytes come alone, for speed.
const BYTE_BY_BYTE: usize = 16;

/// One input in so many agrees on keys: that takes as long as all else together, many times over.
const KEYS_ONCE_IN: u64 = 256;

/// A good X25519 key, a low-order point, and one that is not canonical.
const CLIENT_KEYS: [&str; 4] = [
    "",
    "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
];

fn acceptor(data: &[u8]) {
    let mode = data.get(MODE_AT).copied().unwrap_or_default();
    let dice = spread(data);
    let max = match data.first() {
        Some(0xff) if dice % 1024 == 1 => LARGE_LIMITS[2],
        Some(0xf8..) if dice % 64 == 1 => LARGE_LIMITS[1],
        Some(0xe0..) => LARGE_LIMITS[0],
        limit => LIMITS[usize::from(*limit.unwrap_or(&0)) % LIMITS.len()],
    };
    let agrees = dice % KEYS_ONCE_IN == 0;
    Tried::chosen(mode, agrees).on(data, max);
}

/// Everything that the mode might choose, under all limits.
#[allow(dead_code, reason = "too slow for a fuzzer: for the seeds")]
fn every_way(data: &[u8]) {
    for choice in 0..0x40 {
        let tried = Tried::chosen(choice << 1, true);
        LIMITS.into_iter().for_each(|max| tried.on(data, max));
    }
    let chunks = Chunks::EveryByte;
    let every_byte = Tried {
        chunks,
        ..Tried::chosen(0, true)
    };
    for max in LIMITS.into_iter().chain(LARGE_LIMITS) {
        every_byte.on(data, max);
    }
}

/// Where the input has its mode.
const MODE_AT: usize = 10;

/// What is done with the bytes, besides handing them over at once.
#[derive(Clone, Copy)]
struct Tried {
    chunks: Chunks,
    before: Before,
    answer: Answer,
    agrees: bool,
    looks_inside: bool,
}

#[derive(Clone, Copy)]
enum Chunks {
    ThreeCuts,
    /// Some bytes from the first cut on come alone.
    ByteByByte,
    EveryByte,
}

/// What the acceptor was used for before.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Buffer,
    Request,
}

#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Reject,
    AcceptAnother,
    NoRoom,
}

impl Tried {
    fn chosen(mode: u8, agrees: bool) -> Self {
        Tried {
            chunks: [Chunks::ThreeCuts, Chunks::ByteByByte][usize::from(mode >> 1 & 1)],
            answer: [
                Answer::Accept,
                Answer::Reject,
                Answer::AcceptAnother,
                Answer::NoRoom,
            ][usize::from(mode >> 2 & 3)],
            before: [
                Before::Nothing,
                Before::Buffer,
                Before::Request,
                Before::Nothing,
            ][usize::from(mode >> 4 & 3)],
            looks_inside: mode >> 6 == 1,
            agrees,
        }
    }

    fn on(self, data: &[u8], max: usize) {
        let mut input = Input(data);
        input.byte();
        let limits = Limits::default().with_max_body(max);
        let now = Timestamp::from_millis(input.pick(&TIMES));
        let node_id = u64::from(input.byte());
        let options = AcceptOptions::new(input.pick(&POLICIES)).with_node_id(node_id);
        let cuts = [input.number(), input.number(), input.number()];
        let mut bytes = Vec::with_capacity(512);
        if input.byte() % 2 == 1 {
            connect(&mut input, &mut bytes);
        }
        input.append_runs(&mut bytes, max + 64);
        self.holds_for(&bytes, cuts, limits, options, now);
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

#[derive(Debug)]
enum Event {
    Nothing,
    Refused(RequestError),
    Request {
        pending: ConnectRequest,
        /// Bytes of later chunks.
        unread: usize,
    },
}

impl Tried {
    /// The same whatever the chunks, and where the protocol says.
    fn holds_for(
        self,
        bytes: &[u8],
        cuts: [usize; 3],
        limits: Limits,
        options: AcceptOptions,
        now: Timestamp,
    ) {
        let mut acceptor = Acceptor::new().with_limits(limits).with_json_rpc();
        let whole = self.event(&mut acceptor, [bytes], limits);
        read_at_once(Handshake::read_with_json_rpc(bytes, limits), bytes, &whole);
        self.binary_alone(bytes, cuts, limits, &whole);
        let chunks = self.chunks.of(bytes, cuts);
        let in_chunks = self.event(&mut self.before.acceptor(limits), chunks, limits);
        match (whole, in_chunks, extent(bytes, limits.max_body())) {
            (Event::Nothing, Event::Nothing, Extent::Open) => {}
            (Event::Refused(error), Event::Refused(same), Extent::Refused) => {
                assert_eq!(error, same);
            }
            (
                Event::Request { pending, unread: 0 },
                Event::Request {
                    pending: same,
                    unread,
                },
                Extent::Ends { header, end },
            ) => {
                assert!(end - header <= limits.max_body());
                assert_eq!(pending.request_bytes(), &bytes[..end]);
                match (pending.handshake(), same.handshake()) {
                    (Ok(handshake), Ok(same)) => {
                        assert_same(&handshake, &same);
                        self.answered(&handshake, &bytes[..end], options, now);
                    }
                    (handshake, same) => {
                        is_named_by_its_body(handshake.as_ref().err(), &bytes[..end], header);
                        assert_eq!(handshake.err(), same.err());
                    }
                }
                assert_eq!(pending.into_remaining(), &bytes[end..]);
                assert_eq!(same.request_bytes(), &bytes[..end]);
                let pushed = &bytes[..bytes.len() - unread];
                match self.answer {
                    Answer::Reject => assert_eq!(same.into_bytes(), pushed),
                    _ => assert_eq!(same.into_remaining(), &pushed[end..]),
                }
            }
            (whole, in_chunks, extent) => {
                panic!("{whole:?}, in chunks {in_chunks:?}, where the protocol says {extent:?}")
            }
        }
    }

    fn event<'a>(
        self,
        acceptor: &mut Acceptor,
        chunks: impl IntoIterator<Item = &'a [u8]>,
        limits: Limits,
    ) -> Event {
        let most = limits.max_body() + LONGEST_HEADER;
        let mut chunks = chunks.into_iter();
        while let Some(chunk) = chunks.next() {
            match acceptor.push(chunk) {
                Ok(None) => self.holds(acceptor, 0..=most),
                Ok(Some(pending)) => {
                    self.holds(acceptor, 0..=0);
                    let unread = chunks.map(<[u8]>::len).sum();
                    return Event::Request { pending, unread };
                }
                Err(error) => {
                    self.holds(acceptor, 0..=0);
                    // Nothing comes after an error, and nothing is kept.
                    assert_eq!(acceptor.push(chunk).err(), Some(error));
                    self.holds(acceptor, 0..=0);
                    return Event::Refused(error);
                }
            }
        }
        Event::Nothing
    }

    /// Its debugging output is the only place that says so, and slow.
    fn holds(self, acceptor: &Acceptor, bytes: std::ops::RangeInclusive<usize>) {
        if self.looks_inside {
            let shown = format!("{acceptor:?}");
            let (_, len) = shown.split_once("received_len: ").unwrap();
            let held = len.split_once(',').unwrap().0.parse().unwrap();
            assert!(bytes.contains(&held), "{held} bytes where {bytes:?} may be");
        }
    }
}

impl Tried {
    /// Who was not told to read JSON-RPC takes a CONNECT as who was, and nothing else.
    fn binary_alone(self, bytes: &[u8], cuts: [usize; 3], limits: Limits, both: &Event) {
        let acceptor = || Acceptor::new().with_limits(limits);
        let alone = self.event(&mut acceptor(), [bytes], limits);
        read_at_once(Handshake::read(bytes, limits), bytes, &alone);
        match (bytes.first().map(|first| first >> 4), &alone) {
            (None, Event::Nothing) => {}
            (Some(kind), Event::Nothing) if kind != 1 => {
                assert!(is_open_elsewhere(bytes, limits.max_body()));
            }
            (Some(1), alone) => alone.is_same(both),
            (Some(kind), Event::Refused(error)) => {
                let other_protocol = other_protocol(bytes, limits.max_body());
                let is_expected = match error {
                    error if other_protocol.is_some() => Some(error.label()) == other_protocol,
                    RequestError::NotConnect { found } => {
                        (2..=12).contains(&kind) && u8::from(*found) == kind
                    }
                    error => *error == FrameError::UnknownType(kind).into(),
                };
                assert!(is_expected, "{error}");
            }
            (_, alone) => panic!("{alone:?}"),
        }
        let in_chunks = self.event(&mut acceptor(), self.chunks.of(bytes, cuts), limits);
        alone.is_same(&in_chunks);
    }
}

/// The other protocol that the bytes begin with, as far as the limit lets one look.
fn other_protocol(bytes: &[u8], max: usize) -> Option<&'static str> {
    let bytes = &bytes[..bytes.len().min(max)];
    let begins = |(opening, name): &&(&[u8], &str)| {
        let is_masked = bytes.get(1).is_some_and(|byte| *byte >= 0x80);
        bytes.starts_with(opening) && (*name != WEBSOCKET || is_masked)
    };
    OPENINGS.iter().find(begins).map(|(_, name)| *name)
}

/// TLS and MQTT begin as a CONNECT does, and are named where it cannot be read.
fn is_named_by_its_body(error: Option<&RequestError>, request: &[u8], header: usize) {
    let expected = match (request[0], &request[header..]) {
        (0x16, [0..=4, _, _]) => Some("other_protocol_tls"),
        (0x10..=0x1f, [0, 4, b'M', b'Q', b'T', b'T', ..]) => Some("other_protocol_mqtt"),
        (0x10..=0x1f, [0, 6, b'M', b'Q', b'I', b's', b'd', b'p', ..]) => {
            Some("other_protocol_mqtt")
        }
        _ => None,
    };
    let named = error.filter(|error| matches!(error, RequestError::OtherProtocol(_)));
    assert_eq!(named.map(RequestError::label), error.and(expected));
}

impl Event {
    fn is_same(&self, other: &Event) {
        match (self, other) {
            (Event::Nothing, Event::Nothing) => {}
            (Event::Refused(error), Event::Refused(same)) => assert_eq!(error, same),
            (Event::Request { pending, .. }, Event::Request { pending: same, .. }) => {
                assert_eq!(pending.request_bytes(), same.request_bytes());
            }
            (one, other) => panic!("{one:?}, otherwise {other:?}"),
        }
    }
}

/// A host that holds all the bytes reads what an acceptor reads.
fn read_at_once(
    read: Result<(Handshake<'_>, &[u8]), RequestError>,
    bytes: &[u8],
    by_acceptor: &Event,
) {
    match (read, by_acceptor) {
        (Err(RequestError::Incomplete { .. }), Event::Nothing) => {}
        (Err(error), Event::Refused(same)) => assert_eq!(error, *same),
        (read, Event::Request { pending, .. }) => match (read, pending.handshake()) {
            (Ok((read, rest)), Ok(handshake)) => {
                assert_same(&read, &handshake);
                let end = bytes.len() - rest.len();
                assert_eq!(pending.request_bytes(), &bytes[..end]);
            }
            (read, handshake) => assert_eq!(read.err(), handshake.err()),
        },
        (read, by_acceptor) => panic!("{read:?} at once, {by_acceptor:?} by the acceptor"),
    }
}

impl Before {
    /// As good as new.
    fn acceptor(self, limits: Limits) -> Acceptor {
        match self {
            Before::Nothing => Acceptor::new().with_limits(limits).with_json_rpc(),
            Before::Buffer => Acceptor::with_buffer(b"from before".to_vec())
                .with_limits(limits)
                .with_json_rpc(),
            Before::Request => {
                let mut used = Acceptor::new().with_limits(limits).with_json_rpc();
                match used.push(b"  {}") {
                    Ok(Some(_)) => used,
                    _ => Before::Nothing.acceptor(limits),
                }
            }
        }
    }
}

impl Chunks {
    fn of(self, bytes: &[u8], cuts: [usize; 3]) -> impl Iterator<Item = &[u8]> {
        let mut ends = cuts.map(|cut| cut % (bytes.len() + 1));
        ends.sort_unstable();
        let [a, b, c] = ends;
        let (alone, rest) = match self {
            Chunks::ThreeCuts => (a..a, [a..b, b..c, c..bytes.len()]),
            Chunks::ByteByByte => {
                let end = bytes.len().min(a + BYTE_BY_BYTE);
                (a..end, [end..end, end..end, end..bytes.len()])
            }
            Chunks::EveryByte => (0..bytes.len(), [0..0, 0..0, 0..0]),
        };
        [&bytes[..alone.start]]
            .into_iter()
            .chain(bytes[alone].chunks(1))
            .chain(rest.map(|chunk| &bytes[chunk]))
    }
}

fn assert_same(a: &Handshake<'_>, b: &Handshake<'_>) {
    assert_eq!(
        (a.protocol(), a.session_version()),
        (b.protocol(), b.session_version())
    );
    let (a, b) = (a.credentials(), b.credentials());
    assert_eq!(
        (a.uid, a.device_flag, a.device_id),
        (b.uid, b.device_flag, b.device_id)
    );
    assert_eq!(a.token.expose_secret(), b.token.expose_secret());
    assert_eq!(a.facts, b.facts);
}

impl Tried {
    fn answered(
        self,
        handshake: &Handshake<'_>,
        bytes: &[u8],
        options: AcceptOptions,
        now: Timestamp,
    ) {
        match self.answer {
            Answer::Accept => self.accepted(handshake, bytes, options, now),
            Answer::Reject => drop(refusals(handshake, now)),
            Answer::AcceptAnother => another_accepted(handshake, &options, now),
            Answer::NoRoom => refused_without_room(handshake, now),
        }
    }

    fn accepted(
        self,
        handshake: &Handshake<'_>,
        bytes: &[u8],
        mut options: AcceptOptions,
        now: Timestamp,
    ) {
        let sent = client(handshake, bytes);
        if matches!(&sent, Client::Binary(connect) if !connect.client_key.is_empty() && !self.agrees)
        {
            options = AcceptOptions::new(KeyPolicy::Never).with_node_id(options.node_id);
        }
        let credentials = handshake.credentials();
        let level = DeviceLevel::Slave;
        let flag = credentials.device_flag;
        let proof = Verified::dangerously_unverified(credentials.uid, flag, level, now);
        let mut reply = Vec::with_capacity(128);
        let accepted = handshake.answer_into(Ok(proof), &options, &mut reply);
        match (accepted.map_err(accept_error), sent) {
            (Ok(session), Client::Binary(connect)) => {
                assert_eq!(session.version(), connect.version.min(6));
                let has_key = !connect.client_key.is_empty() && options.keys != KeyPolicy::Never;
                assert_eq!(session.keys().is_some(), has_key);
                let connack = connack(&reply, session.version());
                welcomed(connack, &connect, has_key, &options, now);
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
                    (AcceptError::ClientKeyMissing, "") => 21,
                    (AcceptError::ClientKeyInvalid, key) if !key.is_empty() => 2,
                    (error, key) => panic!("{error} for {key:?}"),
                };
                assert_eq!(reply, refusal(connect.version, reason));
            }
            (Err(error), Client::Json(_)) => panic!("{error}: JSON-RPC knows no keys"),
        }
    }
}

/// A proof about somebody else writes nothing.
fn another_accepted(handshake: &Handshake<'_>, options: &AcceptOptions, now: Timestamp) {
    let credentials = handshake.credentials();
    let other = [credentials.uid, "2"].concat();
    let flag = credentials.device_flag;
    let proof = Verified::dangerously_unverified(&other, flag, DeviceLevel::Slave, now);
    let answer = handshake.answer(Ok(proof), options);
    let error = answer.outcome.map_err(accept_error).err();
    assert_eq!(error, Some(AcceptError::OtherPeer));
    assert!(answer.reply.is_empty());
}

fn accept_error(error: HandshakeError) -> AcceptError {
    match error {
        HandshakeError::NotAccepted { error, .. } => error,
        error => panic!("{error}: the client was verified"),
    }
}

/// Neither does a refusal that does not fit.
fn refused_without_room(handshake: &Handshake<'_>, now: Timestamp) {
    let refused = refusals(handshake, now);
    let mut room = vec![0xaa; refused.len() - 1];
    let error = verify_record(&handshake.credentials(), None, now);
    let options = AcceptOptions::new(KeyPolicy::Never);
    assert!(
        handshake
            .answer_into(error, &options, &mut room.as_mut_slice())
            .is_err()
    );
    assert!(room.iter().all(|byte| *byte == 0xaa));
}

/// What the client sent, read without the acceptor.
enum Client<'a> {
    Binary(Connect<'a>),
    Json(serde_json::Value),
}

fn client<'a>(handshake: &Handshake<'_>, bytes: &'a [u8]) -> Client<'a> {
    if handshake.protocol() == Protocol::JsonRpc {
        // Numbers and escapes that nobody looks at may be beyond what a value can hold.
        let id = serde_json::json!({ "id": id_in(handshake) });
        return Client::Json(serde_json::from_slice(bytes).unwrap_or(id));
    }
    match Frame::decode(bytes, 0, Limits::UPSTREAM) {
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
    let verdict = verify_record(&handshake.credentials(), None, now);
    let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Never));
    let (out, error) = (answer.reply, answer.outcome.err().unwrap());
    assert_eq!(
        error.disposition(),
        Disposition::Reject(ReasonCode::AuthFail)
    );
    assert_eq!(handshake.refuse(ReasonCode::AuthFail), out);
    assert_eq!(handshake.refuse(ReasonCode::Success), out);
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

fn welcomed(
    connack: Connack<'_>,
    connect: &Connect<'_>,
    has_key: bool,
    options: &AcceptOptions,
    now: Timestamp,
) {
    let is_new = connect.version >= 4;
    assert_eq!(connack.reason, ReasonCode::Success);
    assert_eq!(
        connack.server_version,
        is_new.then_some(connect.version.min(6))
    );
    assert_eq!(connack.node_id, if is_new { options.node_id } else { 0 });
    let time_diff = now.as_millis().wrapping_sub(connect.client_timestamp);
    assert_eq!(connack.time_diff, time_diff);
    let lens = (connack.server_key.len(), connack.salt.len());
    assert_eq!(lens, if has_key { (44, 16) } else { (0, 0) });
}
