//! Refusals, made by the crate.

use wukongim_auth::diagnosis::Transport;
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, MemoryStore, Timestamp, Token,
    TokenRecord, TokenStore, Verifier, VerifyError, verify,
};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Fails, from the first question or from the second.
pub struct Broken(pub bool);

impl TokenStore for Broken {
    type Error = BoxError;

    fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        if self.0 { Err("down".into()) } else { Ok(None) }
    }

    fn get_all(&self, _: &str, _: DeviceFlags) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        Err("down".into())
    }
}

fn store(records: &[(DeviceFlag, TokenRecord)]) -> MemoryStore {
    let store = MemoryStore::new();
    for (flag, record) in records {
        store.insert("alice", *flag, record.clone());
    }
    store
}

/// One refusal for every cause that the crate has, and for what its words depend on.
pub fn refusals() -> Vec<VerifyError> {
    let record = |token: &str| TokenRecord::issue(Token::new(token), DeviceLevel::Master);
    let before = Timestamp::from_millis(1);
    let (app, web, pc) = (DeviceFlag::App, DeviceFlag::Web, DeviceFlag::Pc);
    let (empty, mine) = (store(&[]), store(&[(app, record(TOKEN))]));
    let refuse = |store: &MemoryStore, credentials: Credentials<'_>| {
        let verifier = Verifier::new().with_manager_token(Token::new("the manager's"));
        verifier.verify(store, &credentials, NOW).unwrap_err()
    };
    let alice = |token| Credentials::new("alice", app, token);
    let elsewhere = store(&[(web, record(TOKEN)), (pc, record(TOKEN))]);
    let mut all = vec![
        refuse(&empty, Credentials::new("", app, TOKEN)),
        refuse(&empty, Credentials::new("a\nb", app, TOKEN)),
        refuse(
            &empty,
            Credentials::new("alice", DeviceFlag::from(7), TOKEN),
        ),
        refuse(&empty, Credentials::new("alice", DeviceFlag::System, TOKEN)),
        refuse(&empty, alice(" ")),
        refuse(&store(&[(app, record(TOKEN).revoke(before))]), alice(TOKEN)),
        refuse(
            &store(&[(app, record(TOKEN).with_expiry(before))]),
            alice(TOKEN),
        ),
        refuse(
            &store(&[(
                app,
                record(TOKEN).rotate(Token::new("new"), before).unwrap(),
            )]),
            alice(TOKEN),
        ),
        refuse(&empty, alice("the manager's")),
        refuse(&elsewhere, alice(TOKEN)),
        refuse(
            &elsewhere,
            alice(TOKEN).with_transport(Transport::WebSocket),
        ),
        refuse(&elsewhere, alice(TOKEN).with_device_flag_missing()),
        refuse(&elsewhere, alice("another")),
        refuse(
            &empty,
            Credentials::new("alice", pc, TOKEN).with_device_id("a \"b\" cause=x"),
        ),
        refuse(
            &empty,
            Credentials::new("a\"; cause=mismatch uid=\"b", web, TOKEN),
        ),
        refuse(&mine, alice("undefined")),
        refuse(&mine, alice("another")),
        verify(&Broken(true), &alice(TOKEN), NOW).unwrap_err(),
        verify(&Broken(false), &alice(TOKEN), NOW).unwrap_err(),
    ];
    all.extend(refusals_of_any_flag());
    let altered = [
        format!("\u{feff}{TOKEN}"),
        format!(" {TOKEN}\n"),
        format!("'{TOKEN}'"),
        format!("Bearer {TOKEN}"),
        TOKEN.replace('a', "%61"),
        TOKEN.to_uppercase(),
        TOKEN[..20].to_owned(),
        format!("{TOKEN}\0"),
        format!("Optional({TOKEN})"),
        format!("[\"{TOKEN}\"]"),
        format!("token={TOKEN}"),
        TOKEN.repeat(2),
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned(), // its base64
        format!("{}-{}", &TOKEN[..8], &TOKEN[8..]),
    ];
    all.extend(altered.iter().map(|token| refuse(&mine, alice(token))));
    all
}

/// Of hosts that allow other device flags than most.
fn refusals_of_any_flag() -> Vec<VerifyError> {
    let numbered =
        |numbers: &[u8]| -> DeviceFlags { numbers.iter().copied().map(DeviceFlag::from).collect() };
    let all_but_7: DeviceFlags = (0..=u8::MAX).map(DeviceFlag::from).collect();
    let all_but_7 = all_but_7.without(DeviceFlag::from(7));
    let refuse = |allowed, records: &[(DeviceFlag, TokenRecord)], flag: u8, token| {
        let verifier = Verifier::new().with_device_flags(allowed);
        let credentials = Credentials::new("alice", DeviceFlag::from(flag), token);
        let refused = verifier.verify(&store(records), &credentials, NOW);
        refused.unwrap_err()
    };
    let record = TokenRecord::issue(Token::new(TOKEN), DeviceLevel::Slave);
    let under = |numbers: &[u8]| -> Vec<_> {
        let flags = numbered(numbers);
        flags.iter().map(|flag| (flag, record.clone())).collect()
    };
    let some = numbered(&[0, 1, 4, 5, 99]);
    vec![
        refuse(some, &[], 2, TOKEN),
        refuse(all_but_7, &[], 7, TOKEN),
        refuse(DeviceFlags::NONE, &[], 0, TOKEN),
        refuse(some, &[], 4, TOKEN),
        refuse(some, &under(&[4]), 4, "another"),
        refuse(some, &under(&[4]), 0, TOKEN),
        refuse(some, &under(&[1, 4, 5]), 0, TOKEN),
        refuse(some, &under(&[0, 99]), 4, "another"),
    ]
}
