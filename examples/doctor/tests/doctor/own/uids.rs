//! A uid is what the client sent: escaped as often as it was written, and never unescaped once more.

use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Verifier};

use super::refusals::{NOW, TOKEN};
use super::same_cause::lines;
use crate::run::objects;
use crate::uids::UIDS;

#[test]
fn a_uid_of_the_crates_own_refusals_is_unescaped_once() {
    for uid in UIDS {
        let credentials = Credentials::new(uid, DeviceFlag::Web, TOKEN);
        let refused = Verifier::new().verify(&MemoryStore::new(), &credentials, NOW);
        let error = refused.unwrap_err();
        for line in lines(&error) {
            let found = objects(&[], &line);
            assert_eq!(found.len(), 1, "{line}");
            assert_eq!(found[0]["uid"], uid.escape_debug().to_string(), "{line}");
        }
    }
}
