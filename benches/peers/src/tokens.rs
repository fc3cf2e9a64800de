//! Self-contained tokens with the same uid and device flag: a signature is verified instead of a
//! record.

use std::hint::black_box;
use std::time::Duration;

use pasetors::claims::{Claims, ClaimsValidationRules};
use pasetors::keys::{Generate, SymmetricKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::V4;
use pasetors::{Local, local};
use serde::{Deserialize, Serialize};

use crate::rounds::Bench;
use crate::users::{FLAG, HOT, text, uid};

pub const JWT_9: &str = "jsonwebtoken 9: HS256 (ring)";
pub const JWT_11: &str = "jsonwebtoken 11: HS256 (aws-lc-rs)";
pub const PASETO: &str = "pasetors: v4.local";

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    sub: String,
    exp: i64,
    device_flag: u8,
}

pub fn add(bench: &mut Bench<'_>) {
    bench.group("tokens");
    jwt_9(bench);
    jwt_11(bench);
    paseto(bench);
}

fn claims() -> impl Iterator<Item = Claim> {
    let exp = time::OffsetDateTime::now_utc().unix_timestamp() + DAY.as_secs() as i64;
    (0..HOT as u64).map(move |user| Claim {
        sub: text(&uid(user)).into(),
        exp,
        device_flag: FLAG.into(),
    })
}

fn jwt_9(bench: &mut Bench<'_>) {
    use jsonwebtoken9::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

    let signed = |claim| encode(&Header::default(), &claim, &EncodingKey::from_secret(KEY));
    let tokens: Vec<String> = claims()
        .map(|claim| signed(claim).expect("signed"))
        .collect();
    let (key, validation) = (
        DecodingKey::from_secret(KEY),
        Validation::new(Algorithm::HS256),
    );
    let (len, mut at) = (tokens[0].len(), (0..tokens.len()).cycle());
    bench.add(JWT_9, move || {
        let token = black_box(&tokens[at.next().expect("endless")]);
        let read = decode::<Claim>(token, &key, &validation).expect("verified");
        assert_eq!(read.claims.sub.len(), 32);
        black_box(&read);
    });
    bench.reads(len);
}

fn jwt_11(bench: &mut Bench<'_>) {
    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

    let signed = |claim| encode(&Header::default(), &claim, &EncodingKey::from_secret(KEY));
    let tokens: Vec<String> = claims()
        .map(|claim| signed(claim).expect("signed"))
        .collect();
    let (key, validation) = (
        DecodingKey::from_secret(KEY),
        Validation::new(Algorithm::HS256),
    );
    let (len, mut at) = (tokens[0].len(), (0..tokens.len()).cycle());
    bench.add(JWT_11, move || {
        let token = black_box(&tokens[at.next().expect("endless")]);
        let read = decode::<Claim>(token, &key, &validation).expect("verified");
        assert_eq!(read.claims.sub.len(), 32);
        black_box(&read);
    });
    bench.reads(len);
}

fn paseto(bench: &mut Bench<'_>) {
    let key = SymmetricKey::<V4>::generate().expect("random numbers");
    let encrypted = |claim: Claim| {
        let mut claims = Claims::new_expires_in(&DAY).expect("in time");
        claims.subject(&claim.sub).expect("a subject");
        claims
            .add_additional("deviceFlag", claim.device_flag)
            .expect("another claim");
        local::encrypt(&key, &claims, None, None).expect("encrypted")
    };
    let tokens: Vec<String> = claims().map(encrypted).collect();
    let (rules, len) = (ClaimsValidationRules::new(), tokens[0].len());
    let mut at = (0..tokens.len()).cycle();
    bench.add(PASETO, move || {
        let token = black_box(&tokens[at.next().expect("endless")]);
        let token = UntrustedToken::<Local, V4>::try_from(token.as_str()).expect("a token");
        let read = local::decrypt(&key, &token, &rules, None, None).expect("verified");
        assert!(read.payload_claims().is_some());
        black_box(&read);
    });
    bench.reads(len);
}
