//! The progress of reading, for people.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

/// Bytes and speed on stderr, only on a terminal; the percentage if the size is known.
pub fn of_files(files: &[PathBuf]) -> ProgressBar {
    let sizes = files
        .iter()
        .map(|path| path.metadata().ok().filter(|meta| meta.is_file()));
    match sizes.map(|meta| Some(meta?.len())).sum::<Option<u64>>() {
        Some(total) => ProgressBar::new(total).with_style(style(
            "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} {msg}",
        )),
        None => ProgressBar::new_spinner().with_style(style(
            "{spinner} {bytes} {binary_bytes_per_sec} {elapsed} {msg}",
        )),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
