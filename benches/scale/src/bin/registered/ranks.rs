//! The rank test of Mann and Whitney: whether one class tends to be slower than another, regardless
//! of the distribution of their times.

/// How often one of the first is slower than one of the second (a half, if they are alike; ties count
/// half), and by how many standard deviations that is off.
pub fn slower(first: &[u64], second: &[u64]) -> (f64, f64) {
    let tagged = |samples: &[u64], is_first| {
        let tag = move |sample: &u64| (*sample, is_first);
        samples.iter().map(tag).collect::<Vec<_>>()
    };
    let mut all = [tagged(first, true), tagged(second, false)].concat();
    all.sort_unstable();
    let (mut ranks_of_first, mut ties) = (0.0, 0.0);
    let mut rank = 0.0;
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let count = number(equal.len());
        let firsts = number(equal.iter().filter(|(_, is_first)| *is_first).count());
        ranks_of_first += firsts * (rank + (count + 1.0) / 2.0);
        ties += count.powi(3) - count;
        rank += count;
    }
    let (m, n) = (number(first.len()), number(second.len()));
    let u = ranks_of_first - m * (m + 1.0) / 2.0;
    let variance = m * n / 12.0 * (m + n + 1.0 - ties / ((m + n) * (m + n - 1.0)));
    (u / (m * n), (u - m * n / 2.0) / variance.sqrt())
}

pub fn median(samples: &[u64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    number(usize::try_from(sorted[sorted.len() / 2]).expect("64 bits"))
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As scipy.stats.mannwhitneyu counts (asymptotic, without a correction for continuity).
    #[test]
    fn small_samples_have_the_ranks_of_the_textbook() {
        let (share, z) = slower(&[19, 22, 16, 29, 24], &[20, 11, 17, 12]);
        assert!((share - 0.85).abs() < 1e-9, "{share}");
        assert!((z - 1.7146).abs() < 1e-3, "{z}");
        let (share, z) = slower(&[1, 2, 2, 3], &[1, 2, 2, 3]);
        assert!((share - 0.5).abs() < 1e-9 && z.abs() < 1e-9, "{share} {z}");
    }
}
