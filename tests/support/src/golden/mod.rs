//! Upstream's golden rows (`tests/vectors/`), as the tests read them.

pub mod decode;
pub mod deviations;
pub mod outcome;

use serde::de::DeserializeOwned;

/// Every line of a file of rows. An unknown member in a row fails: nothing goes unread unseen.
pub fn rows<Row: DeserializeOwned>(text: &str) -> Vec<Row> {
    text.lines()
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:.80}"))
        })
        .collect()
}
