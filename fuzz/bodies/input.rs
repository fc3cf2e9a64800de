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
        while !self.is_empty() && bytes.len() < at_most {
            let (byte, count) = match self.byte() {
                0xfd => (self.byte(), self.number()),
                0xfe => (self.byte(), 16 * self.number()),
                byte => (byte, 1),
            };
            let len = at_most.min(bytes.len() + count);
            bytes.resize(len, byte);
        }
        bytes
    }
}
