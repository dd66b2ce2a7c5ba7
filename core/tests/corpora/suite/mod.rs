//! Test suites of others, whoever judges their cases, the core or the C ABI: how they are read, and how what is said of
//! them is counted.

pub(crate) mod boringssl;
pub(crate) mod boringssl_crl;
pub(crate) mod limbo;

use crate::published::reason;
use cba_core::ErrorKind;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Why there is no path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Kind(ErrorKind),
    /// The case is left aside: it asks for what this judge has no option for.
    #[allow(dead_code, reason = "the core has them all")]
    NoOption(&'static str),
}

impl From<ErrorKind> for Refusal {
    fn from(kind: ErrorKind) -> Self {
        Self::Kind(kind)
    }
}

/// What became of the cases of a suite.
pub(crate) struct Tally<'t> {
    suite: &'static str,
    title: &'t str,
    judged: usize,
    aside: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
    slowest: Duration,
}

impl<'t> Tally<'t> {
    /// Of a suite as `reasons.tsv` names it, printed under a title that says who judges it.
    pub(crate) fn new(suite: &'static str, title: &'t str) -> Self {
        Self { suite, title, judged: 0, aside: BTreeMap::new(), wrong: Vec::new(), slowest: Duration::ZERO }
    }

    /// Runs a case, which must end quickly whether it is judged or not.
    pub(crate) fn run<T>(&mut self, case: &str, verify: impl FnMut() -> T) -> T {
        let (outcome, took) = timed(verify);
        assert!(took < LONGEST, "{}: {case}: {took:?}", self.title);
        self.slowest = self.slowest.max(took);
        outcome
    }

    pub(crate) fn leave_aside(&mut self, reason: &'static str) {
        *self.aside.entry(reason).or_default() += 1;
    }

    /// Counts a case on which judge and suite agree or not; `said` is what each of them says.
    pub(crate) fn count(&mut self, case: &str, agrees: bool, said: impl FnOnce() -> String) {
        if let Some(reason) = reason(self.suite, case) {
            assert!(!agrees, "{}: {case}: no reason is needed", self.title);
            self.leave_aside(reason);
            return;
        }
        self.judged += 1;
        if !agrees {
            self.wrong.push(format!("{case}: {}", said()));
        }
    }

    /// Prints it all, and fails on a disagreement or if less was judged than there is.
    pub(crate) fn conclude(self, least: usize) {
        let Self { title, judged, aside, wrong, slowest, .. } = self;
        println!("{title}: {judged} judged, {} disagreements, slowest {slowest:?}", wrong.len());
        for (reason, count) in aside {
            println!("{title}: {count} left aside: {reason}");
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(judged >= least, "only {judged} cases were judged");
    }
}

/// Runs `case` and says how long it took. A run that seems too long is repeated: what counts is the
/// work of the case, not what else the machine was doing.
pub(crate) fn timed<T>(mut case: impl FnMut() -> T) -> (T, Duration) {
    let mut shortest = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        case();
        shortest = shortest.min(start.elapsed());
        if shortest < LONGEST {
            break;
        }
    }
    (case(), shortest)
}

/// No hostile input may hold a server up for longer: 50 ms, and without optimization ten times that.
pub(crate) const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 50 });
