//! One probe after the other, of all classes in turn.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wukongim_auth::frame::Limits;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{
    AcceptOptions, AsyncTokenStore, DeviceFlag, DeviceFlags, Handshake, KeyPolicy, TokenRecord,
    Verifier,
};

use crate::users::{self, NOW, connect, encoded, text};

/// The number of registered users, and of uids in each other class.
pub const USERS: u64 = 2_000;

/// The delay of the class `delayed`.
const DELAY: Duration = Duration::from_micros(1);

const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);

pub const CLASSES: usize = 4;
pub const REGISTERED: usize = 0;
pub const UNKNOWN: usize = 1;
pub const OTHER_UNKNOWN: usize = 2;
pub const DELAYED: usize = 3;

/// Nanoseconds of each class, in the order in which they were taken.
pub struct Samples(pub [Vec<u64>; CLASSES]);

/// All registered users.
pub fn registered() -> impl Iterator<Item = (String, TokenRecord)> {
    let record = |user| users::record(text(&users::token(user)));
    (0..USERS).map(move |user| (text(&users::uid(user)).to_owned(), record(user)))
}

impl Samples {
    pub fn of(
        store: &impl AsyncTokenStore,
        verifier: &Verifier,
        runtime: &Runtime,
        probes: usize,
    ) -> Self {
        let requests = [REGISTERED, UNKNOWN, OTHER_UNKNOWN, DELAYED].map(requests);
        let mut samples = Samples(Default::default());
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        // The first rounds are a warm-up, and are not kept.
        for round in 0..probes + 500 {
            for class in random.order() {
                let requests = &requests[class];
                let request = &requests[random.below(requests.len())];
                let started = Instant::now();
                let reply = runtime.block_on(answer(store, verifier, request));
                let delay = if class == DELAYED {
                    DELAY
                } else {
                    Duration::ZERO
                };
                let end = Instant::now() + delay;
                while Instant::now() < end {}
                let took = started.elapsed();
                assert!(!black_box(reply).is_empty(), "a refusal");
                if round >= 500 {
                    samples.0[class].push(took.as_nanos().try_into().expect("not that long"));
                }
            }
        }
        samples
    }
}

/// From the bytes of the request to those of the reply.
async fn answer(store: &impl AsyncTokenStore, verifier: &Verifier, request: &[u8]) -> Vec<u8> {
    let (handshake, _) = Handshake::read(request, Limits::default()).expect("a CONNECT");
    let credentials = handshake.credentials();
    let verdict = verifier.verdict_async(store, &credentials, NOW).await;
    handshake.answer(verdict, &OPTIONS).reply
}

/// The requests of a class, all of one length, with a token that no user has.
fn requests(class: usize) -> Vec<Vec<u8>> {
    let class = u64::try_from(class).expect("few");
    let users = class * USERS..(class + 1) * USERS;
    let wrong = users::token(u64::MAX / 2);
    let request = |user| encoded(connect(text(&users::uid(user)), text(&wrong)));
    users.map(request).collect()
}

/// A store that does the same work for an unknown user as for a known one, to see how much of the
/// difference that removes.
pub struct InVain<'a, S>(pub &'a S);

impl<S: AsyncTokenStore> AsyncTokenStore for InVain<'_, S> {
    type Error = S::Error;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, S::Error> {
        let found = self.0.get(uid, flag).await?;
        if found.is_none() {
            black_box(read(black_box(WRITTEN)));
        }
        Ok(found)
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, S::Error> {
        self.0.get_all(uid, flags).await
    }
}

const WRITTEN: &[u8] = br#"{"v":1,"sha256":"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92","device_level":1}"#;

fn read(written: &[u8]) -> TokenRecord {
    let stored: StoredRecord = serde_json::from_slice(written).expect("a record");
    stored.try_into().expect("a record")
}

/// Xorshift: the numbers need not be unpredictable.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % end
    }

    /// All classes, in any order.
    fn order(&mut self) -> [usize; CLASSES] {
        let mut order = [REGISTERED, UNKNOWN, OTHER_UNKNOWN, DELAYED];
        for last in (1..CLASSES).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}
