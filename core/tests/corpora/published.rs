//! Where the corpora are, and their tables; also for the tests of the C ABI.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(crate) type Row = HashMap<String, String>;

fn place(name: &str) -> PathBuf {
    std::env::var_os("CBA_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"), PathBuf::from)
        .join(name)
}

/// The folder of a corpus, or `None` after saying that it is not run.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let folder = place(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{name}: not run, {} is not there", folder.display());
    None
}

/// The rows of a tab-separated table whose first line names the columns.
pub(crate) fn table(path: &Path) -> Vec<Row> {
    rows(&std::fs::read_to_string(path).unwrap())
}

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| columns.iter().map(|&c| c.to_owned()).zip(line.split('\t').map(str::to_owned)).collect())
        .collect()
}

/// The folder with `certs/` and `crls/` of NIST PKITS, and its cases: the corpus with its own table, else
/// `$CBA_PKITS` with `pkits.tsv`, which has every test as NIST published it. What is expected of a path without
/// CRLs, NIST does not say: all of the tests of revocation (4.4, 4.14, 4.15, some of 4.5 and 4.7) must succeed then.
pub(crate) fn pkits() -> Option<(PathBuf, Vec<Row>)> {
    let published = std::env::var_os("CBA_PKITS").filter(|_| !place("pkits").is_dir());
    let Some(folder) = published.map(PathBuf::from) else {
        let folder = corpus("pkits")?;
        let cases = table(&folder.join("cases.tsv"));
        return Some((folder, cases));
    };
    let mut cases = rows(include_str!("pkits.tsv"));
    for case in &mut cases {
        let title = format!("{} {}", case["number"], case["title"]);
        case.insert("title".to_owned(), title);
        // 2020-01-01: what is expired ended by 2011, everything else ends in 2030 or later.
        case.insert("time".to_owned(), "1577836800".to_owned());
    }
    Some((folder, cases))
}

/// Why ours answers a case of a suite otherwise than the suite: a row of `reasons.tsv`. A case that has a row and is
/// answered as the suite does, is a row too many.
pub(crate) fn reason(suite: &str, case: &str) -> Option<&'static str> {
    include_str!("reasons.tsv").lines().skip(1).find_map(|line| {
        let mut columns = line.split('\t');
        (columns.next() == Some(suite) && columns.next() == Some(case)).then(|| columns.next()).flatten()
    })
}
