//! A fault of the gateway's store that comes and goes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// While the file exists, the gateway's store cannot be reached.
pub struct Fault(PathBuf);

impl Fault {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wukongim-auth-fault-{}-{number}", std::process::id());
        Fault(std::env::temp_dir().join(name))
    }

    /// What the gateway is started with.
    pub fn option(&self) -> String {
        format!("--store=faulty:{}", self.0.display())
    }

    pub fn begins(&self) {
        std::fs::write(&self.0, "").unwrap();
    }

    pub fn ends(&self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
