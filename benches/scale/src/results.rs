//! The results of a run, as they are written to JSON: one file for each part.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::busy::busy;
use crate::flood::Flood;
use crate::gateway::Gateways;
use crate::machine;
use crate::memory::AtSize;
use crate::profile::Profile;
use crate::redis_part::Redis;
use crate::restart::Restart;
use crate::threads::Together;

#[derive(Default)]
pub struct All {
    pub memory: Option<Measured<Vec<AtSize>>>,
    pub threads: Option<Measured<Together>>,
    pub flood: Option<Measured<Flood>>,
    pub redis: Option<Measured<Redis>>,
    pub gateway: Option<Measured<Gateways>>,
    pub profile: Option<Measured<Vec<Profile>>>,
    pub restart: Option<Measured<Vec<Restart>>>,
}

/// One part's figures.
#[derive(Serialize, Deserialize)]
pub struct Measured<T> {
    pub part: String,
    pub date: String,
    pub machine: String,
    pub rustc: String,
    /// The share of the processors' time that other programs took before it.
    pub busy: Option<f64>,
    pub figures: T,
}

pub fn measured<T>(part: &str, measure: impl FnOnce() -> T) -> Measured<T> {
    Measured {
        part: part.into(),
        date: time::OffsetDateTime::now_utc().date().to_string(),
        machine: machine::name(),
        rustc: machine::rustc(),
        busy: Some(busy()),
        figures: measure(),
    }
}

impl All {
    pub fn save(&self, folder: &Path) {
        save(folder, &self.memory);
        save(folder, &self.threads);
        save(folder, &self.flood);
        save(folder, &self.redis);
        save(folder, &self.gateway);
        save(folder, &self.profile);
        save(folder, &self.restart);
    }

    /// Adds the saved results of other runs.
    pub fn fill_up(&mut self, folder: &Path) {
        fill_up(&mut self.memory, folder, "memory");
        fill_up(&mut self.threads, folder, "threads");
        fill_up(&mut self.flood, folder, "flood");
        fill_up(&mut self.redis, folder, "redis");
        fill_up(&mut self.gateway, folder, "gateway");
        fill_up(&mut self.profile, folder, "profile");
        fill_up(&mut self.restart, folder, "restart");
    }
}

fn save<T: Serialize>(folder: &Path, measured: &Option<Measured<T>>) {
    let Some(measured) = measured else { return };
    let json = serde_json::to_string_pretty(measured).expect("numbers and names");
    fs::create_dir_all(folder).expect("the folder can be made");
    let file = folder.join(format!("scaling-{}.json", measured.part));
    fs::write(file, json + "\n").expect("the file can be written");
}

fn fill_up<T: DeserializeOwned>(measured: &mut Option<Measured<T>>, folder: &Path, part: &str) {
    if measured.is_some() {
        return;
    }
    let file = folder.join(format!("scaling-{part}.json"));
    if let Ok(json) = fs::read(file) {
        *measured = Some(serde_json::from_slice(&json).expect("figures of this version"));
    }
}
