//! A table of cells: what was asked, what must come out, what came out.

use std::fmt::Debug;

/// Cells that are judged together, so that one wrong cell does not hide the others.
#[derive(Default)]
pub struct Table {
    rows: Vec<(String, String, bool)>,
}

impl Table {
    /// A cell by its coordinates.
    pub fn cell<T: Debug + PartialEq>(&mut self, coordinates: &[&str], got: T, wanted: T) {
        let columns: String = coordinates.iter().map(|coordinate| format!("{coordinate:<22} ")).collect();
        let right = got == wanted;
        let outcome = if right { format!("{got:?}") } else { format!("{got:?}, must be {wanted:?}") };
        self.rows.push((columns, outcome, right));
    }

    /// Prints the table.
    ///
    /// # Panics
    ///
    /// If a cell is wrong, or if there is none.
    pub fn finish(self, title: &str) {
        let wrong = self.rows.iter().filter(|(_, _, right)| !right).count();
        println!("{title}: {} cells, {wrong} wrong", self.rows.len());
        for (columns, outcome, right) in &self.rows {
            println!("{} {columns} {outcome}", if *right { "  " } else { "!!" });
        }
        assert!(wrong == 0 && !self.rows.is_empty(), "{title}: {wrong} cells are wrong");
    }
}
