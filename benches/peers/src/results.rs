//! What a run found out, as it is written to JSON.

use serde::{Deserialize, Serialize};

use crate::pair::Threads;

#[derive(Serialize, Deserialize)]
pub struct Results {
    pub date: String,
    pub machine: String,
    pub rustc: String,
    pub command: String,
    pub rounds: usize,
    pub figures: Vec<Figure>,
    pub threads: Vec<Threads>,
    pub growth: Option<Growth>,
}

/// One operation: median and quartiles over the rounds, in nanoseconds of processor time.
#[derive(Serialize, Deserialize)]
pub struct Figure {
    pub group: String,
    pub name: String,
    pub ns: f64,
    pub quartiles: (f64, f64),
    /// That a peer sends for it.
    pub bytes: Option<usize>,
    pub instructions: Option<u64>,
    pub allocations: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub struct Growth {
    pub users: Vec<AtUsers>,
    pub tokens: Vec<AtLength>,
    pub frames: Vec<AtLength>,
}

#[derive(Serialize, Deserialize)]
pub struct AtUsers {
    pub users: u64,
    pub bytes_per_user: f64,
    /// A lookup alone, one after the other.
    pub look_up_serialised: f64,
    pub look_up: f64,
    /// The whole path, one after the other.
    pub whole_serialised: f64,
    pub whole: f64,
}

/// By length, one column for each of the named ways.
#[derive(Serialize, Deserialize)]
pub struct AtLength {
    pub len: usize,
    pub ns: Vec<(String, f64)>,
}

impl Results {
    pub fn figure(&self, name: &str) -> &Figure {
        let found = self.figures.iter().find(|figure| figure.name == name);
        found.unwrap_or_else(|| panic!("no figure {name:?}"))
    }

    pub fn ns(&self, name: &str) -> f64 {
        self.figure(name).ns
    }

    pub fn group(&self, group: &str) -> impl Iterator<Item = &Figure> {
        self.figures
            .iter()
            .filter(move |figure| figure.group == group)
    }
}
