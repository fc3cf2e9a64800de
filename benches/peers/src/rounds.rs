//! Rounds in turn: each round runs a little of every operation, so that what slows the machine down
//! for a while slows all of them down alike. What counts is the median over the rounds, of the
//! thread's own processor time.

use std::hint::black_box;
use std::time::Duration;

use crate::clock::timed;
use crate::counts;
use crate::results::Figure;

/// How long one operation runs in one round.
const SLICE: Duration = Duration::from_millis(1);

/// The part of a slice that is run before, for the caches, and for the clock rate: code that
/// multiplies much has the processor change it, which takes a while.
const WARM_UP: u64 = 3;

/// Together a page of the stack.
const DEPTHS: usize = 32;

pub struct Bench<'a> {
    group: &'static str,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    group: &'static str,
    name: String,
    bytes: Option<usize>,
    /// So many times, in so much time.
    batch: Box<dyn FnMut(u64) -> Duration + 'a>,
}

impl<'a> Bench<'a> {
    pub fn new() -> Self {
        Bench {
            group: "",
            operations: Vec::new(),
        }
    }

    /// What is added from here on belongs together.
    pub fn group(&mut self, group: &'static str) {
        self.group = group;
    }

    pub fn add<T>(&mut self, name: impl Into<String>, mut operation: impl FnMut() -> T + 'a) {
        self.add_batch(name, move |times| {
            timed(|| {
                for _ in 0..times {
                    black_box(operation());
                }
            })
        });
    }

    /// One that prepares a batch before it measures it.
    pub fn add_batch(&mut self, name: impl Into<String>, batch: impl FnMut(u64) -> Duration + 'a) {
        self.operations.push(Operation {
            group: self.group,
            name: name.into(),
            bytes: None,
            batch: Box::new(batch),
        });
    }

    /// Says of the last one how many bytes from the peer it takes.
    pub fn reads(&mut self, bytes: usize) {
        if let Some(last) = self.operations.last_mut() {
            last.bytes = Some(bytes);
        }
    }

    pub fn run(mut self, rounds: usize, with_allocations: bool) -> Vec<Figure> {
        let sizes: Vec<u64> = self
            .operations
            .iter_mut()
            .map(Operation::calibrate)
            .collect();
        let mut samples = vec![Vec::with_capacity(rounds); sizes.len()];
        for round in 0..rounds {
            for ((operation, size), samples) in
                self.operations.iter_mut().zip(&sizes).zip(&mut samples)
            {
                let mut took = Duration::ZERO;
                deeper(round % DEPTHS, &mut || {
                    (operation.batch)(size.div_ceil(WARM_UP));
                    took = (operation.batch)(*size);
                });
                samples.push(took.as_nanos() as f64 / *size as f64);
            }
        }
        let figures = self.operations.iter_mut().zip(samples);
        figures
            .map(|(operation, samples)| operation.figure(samples, with_allocations))
            .collect()
    }

    /// Runs each so many times for callgrind to count; see `counts`.
    pub fn run_for_callgrind(mut self) {
        for operation in &mut self.operations {
            // Once before: what happens only once is not counted.
            (operation.batch)(1);
            counts::counted(&mut || {
                (operation.batch)(counts::TIMES);
            });
        }
    }
}

impl Operation<'_> {
    /// How many times fill a slice; warms up on the way.
    fn calibrate(&mut self) -> u64 {
        let mut size = 1;
        loop {
            let took = (self.batch)(size);
            if took >= SLICE / 2 {
                let per = took.as_nanos() as f64 / size as f64;
                return ((SLICE.as_nanos() as f64 / per) as u64).max(1);
            }
            size *= 2;
        }
    }

    fn figure(&mut self, mut samples: Vec<f64>, with_allocations: bool) -> Figure {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples[((samples.len() - 1) as f64 * share).round() as usize];
        let allocations = with_allocations.then(|| {
            let (all, _) = crate::allocations::count(|| {
                (self.batch)(counts::TIMES);
            });
            all as f64 / counts::TIMES as f64
        });
        Figure {
            group: self.group.into(),
            name: self.name.clone(),
            ns: at(0.5),
            quartiles: (at(0.25), at(0.75)),
            bytes: self.bytes,
            instructions: None,
            allocations,
        }
    }
}

/// Calls `work` so much deeper in the stack: what lies where in memory by chance can make several
/// per cent, so each round has it otherwise.
#[inline(never)]
fn deeper(levels: usize, work: &mut dyn FnMut()) {
    let padding = black_box([0_u8; 64]);
    match levels {
        0 => work(),
        _ => deeper(levels - 1, work),
    }
    black_box(&padding);
}
