//! The cause and the fix of a rejection inside the error types of others: anyhow, miette.
//!
//! `cargo run -p wukongim-recipes --example errors`

use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token};
use wukongim_auth::{TokenRecord, Verified, VerifyError, verify};

/// What every server does somewhere, here with a token that is registered for another flag.
fn check() -> Result<Verified, VerifyError> {
    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::App, record);
    let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    verify(&store, &credentials, Timestamp::now())
}

pub mod with_anyhow {
    use super::check;

    // recipe: anyhow
    use anyhow::Context;
    use wukongim_auth::{HandshakeError, VerifyError};

    pub fn connect() -> anyhow::Result<()> {
        let verified = check().context("connection from 192.0.2.1")?;
        println!("{} connected", verified.uid());
        Ok(())
    }

    /// anyhow's own `{:#}` prints what `{}` prints of each error in the chain, which is the cause
    /// without the fix. This adds it.
    pub fn line(error: &anyhow::Error) -> String {
        let fix = error.chain().find_map(|link| {
            let refused = link.downcast_ref::<VerifyError>().map(VerifyError::fix);
            refused.or_else(|| {
                link.downcast_ref::<HandshakeError>()
                    .map(HandshakeError::fix)
            })
        });
        match fix {
            Some(fix) => format!("{error:#}; fix: {fix}"),
            None => format!("{error:#}"),
        }
    }

    pub fn main() {
        if let Err(error) = connect() {
            eprintln!("{}", line(&error));
        }
    }
    // recipe ends
}

pub mod with_miette {
    use super::check;

    // recipe: miette
    use std::fmt::{self, Display};

    use miette::Diagnostic;
    use wukongim_auth::VerifyError;

    /// miette asks an error for its help, which is the fix, and for its code, which is the label:
    /// docs/troubleshooting.md has a section for each.
    #[derive(Debug)]
    pub struct Rejected(pub VerifyError);

    impl Display for Rejected {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)
        }
    }

    impl std::error::Error for Rejected {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.0.source() // the store's own error
        }
    }

    impl Diagnostic for Rejected {
        fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
            Some(Box::new(self.0.label()))
        }

        fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
            Some(Box::new(self.0.fix()))
        }
    }

    pub fn connect() -> miette::Result<()> {
        let verified = check().map_err(Rejected)?;
        println!("{} connected", verified.uid());
        Ok(())
    }

    pub fn main() -> miette::Result<()> {
        connect() // miette prints what `main` returns
    }
    // recipe ends
}

pub fn main() -> miette::Result<()> {
    with_anyhow::main();
    with_miette::main()
}
