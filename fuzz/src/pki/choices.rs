//! The input as choices: a record of bytes for each thing that is minted, so that a change to one leaves the others
//! as they are. A zero, and whatever lies behind the end, chooses what a careful CA would.

/// How many choices a record holds.
pub const RECORD: usize = 48;
/// How many records there are: what is asked, four CAs, the leaf, what stands about, and the CRLs.
pub const RECORDS: usize = 14;

/// The choice in the first record whether revocation is asked.
pub const WITH_CRLS: usize = 9;

/// The choices that are left of a record.
pub struct Choices<'c>(&'c [u8]);

impl<'c> Choices<'c> {
    /// The record with this number.
    #[must_use]
    pub fn of(input: &'c [u8], record: usize) -> Self {
        Self(input.chunks(RECORD).nth(record).unwrap_or_default())
    }

    /// The next `count` choices, taken whether they are used or not.
    pub fn take(&mut self, count: usize) -> Self {
        let (taken, rest) = self.0.split_at_checked(count).unwrap_or((self.0, &[]));
        self.0 = rest;
        Self(taken)
    }

    /// One choice.
    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    /// One of several, the first of which is the careful one.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()].clone()
    }

    /// Yes at one byte in four.
    pub fn yes(&mut self) -> bool {
        self.byte() % 4 == 3
    }
}
