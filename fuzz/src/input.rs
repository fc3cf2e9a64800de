// Small choices out of the fuzzer's bytes. What is missing is zero, so that any bytes are an input,
// and a short one already says a lot.

#[derive(Clone)]
struct Input<'a>(&'a [u8]);

#[allow(dead_code, reason = "every body uses some of it")]
impl<'a> Input<'a> {
    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *byte
    }

    fn number(&mut self) -> usize {
        usize::from(u16::from_be_bytes([self.byte(), self.byte()]))
    }

    fn chance(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes that are left, with runs: `fd B NN` is N times B, `fe B NN` 16 times as many. So a
    /// megabyte costs four bytes.
    fn runs(&mut self, at_most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.append_runs(&mut bytes, at_most);
        bytes
    }

    fn append_runs(&mut self, bytes: &mut Vec<u8>, at_most: usize) {
        let at_most = bytes.len() + at_most;
        loop {
            let plain = memchr::memchr2(0xfd, 0xfe, self.0).unwrap_or(self.0.len());
            let (plain, run) = self.0.split_at(plain.min(at_most - bytes.len()));
            bytes.extend_from_slice(plain);
            self.0 = run;
            if self.is_empty() || bytes.len() == at_most {
                return;
            }
            let times = if self.byte() == 0xfd { 1 } else { 16 };
            let (byte, count) = (self.byte(), times * self.number());
            bytes.resize(at_most.min(bytes.len() + count), byte);
        }
    }
}

/// A number that changes with every byte of the input: what takes long is tried where it says so, in
/// one input out of many.
#[allow(dead_code, reason = "every body uses some of it")]
fn spread(data: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let words = data.chunks_exact(8);
    let last = words.remainder().iter();
    let last = last.fold(data.len() as u64, |word: u64, byte| {
        word << 8 | u64::from(*byte)
    });
    let words = words.map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    mix(words.fold(0, mix), last) >> 32
}
