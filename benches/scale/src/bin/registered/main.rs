//! Whether the time of an answer tells a registered user from an unknown one. See
//! `assurance/constant-time.md`, which this writes.
//!
//! Each probe is a whole handshake in this process: a CONNECT with a wrong token goes in, and the
//! refusal comes out. The probes of all classes are interleaved, in a new random order for every
//! round. The classes are compared by the rank test of Mann and Whitney, which a few slow answers
//! do not disturb.
//!
//! | Class | Whose CONNECT |
//! |---|---|
//! | registered | a user's who has a token |
//! | unknown | an unknown uid's |
//! | other unknown | an unknown uid's: the control, no difference must be found |
//! | delayed | an unknown uid's, delayed by a microsecond: the other control, a difference must be found |

#[path = "../../../../peers/src/machine.rs"]
mod machine;
#[path = "../../../../peers/src/marks.rs"]
mod marks;
mod probe;
mod ranks;
mod table;
#[path = "../../../../micro/typical/mod.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod typical;
#[path = "../../../../peers/src/users.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod users;

use std::path::PathBuf;

use clap::Parser;
use wukongim_auth::compare::SecretForm;
use wukongim_auth::{MemoryStore, Ready, Verifier};
use wukongim_stores::redis::RedisStore;
use wukongim_test_support::redis_server::RedisServer;

use crate::probe::{InVain, Samples, USERS, registered};

#[derive(Parser)]
struct Arguments {
    /// Probes of each class
    #[arg(long, default_value_t = 20_000)]
    probes: usize,
    /// Writes the table between the marks of this page
    #[arg(long, value_name = "PAGE")]
    docs: Option<PathBuf>,
}

fn main() {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let mut measured = Vec::new();

    let memory = Ready(MemoryStore::new());
    for (uid, record) in registered() {
        memory.0.insert(&uid, users::FLAG, record);
    }
    let plain = Verifier::new();
    let samples = Samples::of(&memory, &plain, &runtime, arguments.probes);
    measured.push(("the embedded store", samples));
    let in_vain = InVain(&memory);
    let samples = Samples::of(&in_vain, &plain, &runtime, arguments.probes);
    measured.push((
        "the same, a record read in vain where there is none",
        samples,
    ));

    let server = RedisServer::start_with(&[]).expect("redis-server");
    let redis = runtime.block_on(async { RedisStore::open(&server.url()).expect("an address") });
    for (uid, record) in registered() {
        let issuing = redis.issue(&uid, users::FLAG, record);
        runtime.block_on(issuing).expect("issued");
    }
    let digests = Verifier::new().with_stored_form(SecretForm::Digest);
    let samples = Samples::of(&redis, &digests, &runtime, arguments.probes);
    measured.push(("Redis", samples));
    let in_vain = InVain(&redis);
    let samples = Samples::of(&in_vain, &digests, &runtime, arguments.probes);
    measured.push((
        "the same, a record read in vain where there is none",
        samples,
    ));

    let table = table::of(&measured, arguments.probes, USERS);
    if let Some(page) = &arguments.docs {
        let text = std::fs::read_to_string(page).expect("the page");
        let text = marks::replaced(&text, "registered", &table);
        std::fs::write(page, text).expect("the page can be written");
    }
    print!("{table}");
}
