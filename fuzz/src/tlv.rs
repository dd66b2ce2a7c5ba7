//! DER as a tree: the oracles' own, naive view of a certificate, and mutations that keep lengths
//! right, so that a mutant is broken in one place instead of being no DER at all.

/// One value with its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The identifier octet.
    pub tag: u8,
    /// The contents.
    pub body: Body,
}

/// The contents of a value: values, or bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A value whose contents are values, an OCTET STRING that holds one among them.
    Values(Vec<Node>),
    /// Anything else.
    Bytes(Vec<u8>),
}

const MAX_DEPTH: usize = 24;

impl Node {
    /// Reads one value that is the whole of `der`.
    #[must_use]
    pub fn parse(der: &[u8]) -> Option<Self> {
        match parse_values(der, 0)?.as_mut_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    /// The DER of the value.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let content = self.content();
        let mut der = vec![self.tag];
        match content.len() {
            short @ 0..=0x7f => der.push(short as u8),
            long => {
                let bytes = long.to_be_bytes();
                let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(0);
                der.push(0x80 | (bytes.len() - first) as u8);
                der.extend(&bytes[first..]);
            }
        }
        der.extend(content);
        der
    }

    /// The contents as bytes.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Values(values) => values.iter().flat_map(Node::encode).collect(),
        }
    }

    /// The values in the contents; none if they are bytes.
    #[must_use]
    pub fn values(&self) -> &[Node] {
        match &self.body {
            Body::Values(values) => values,
            Body::Bytes(_) => &[],
        }
    }

    /// The same, to be changed.
    pub fn values_mut(&mut self) -> &mut [Node] {
        match &mut self.body {
            Body::Values(values) => values,
            Body::Bytes(_) => &mut [],
        }
    }

    /// How many values there are, this one included.
    fn count(&self) -> usize {
        1 + self.values().iter().map(Node::count).sum::<usize>()
    }

    /// The value with this number in preorder, 0 being this one.
    fn get(&self, mut number: usize) -> Option<&Node> {
        if number == 0 {
            return Some(self);
        }
        number -= 1;
        for value in self.values() {
            let count = value.count();
            if number < count {
                return value.get(number);
            }
            number -= count;
        }
        None
    }

    fn get_mut(&mut self, mut number: usize) -> Option<&mut Node> {
        if number == 0 {
            return Some(self);
        }
        number -= 1;
        for value in self.values_mut() {
            let count = value.count();
            if number < count {
                return value.get_mut(number);
            }
            number -= count;
        }
        None
    }
}

fn parse_values(mut der: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut values = Vec::new();
    while !der.is_empty() {
        let (value, rest) = parse_one(der, depth)?;
        values.push(value);
        der = rest;
    }
    Some(values)
}

fn parse_one(der: &[u8], depth: usize) -> Option<(Node, &[u8])> {
    let (&tag, rest) = der.split_first()?;
    if tag & 0x1f == 0x1f || depth > MAX_DEPTH {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |len, &byte| len << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    if first > 0x7f && len >> (8 * (first & 0x7f) - 8) == 0 || first == 0x81 && len < 0x80 {
        // Not the shortest form: writing it would change it.
        return None;
    }
    let (content, rest) = rest.split_at_checked(len)?;
    let nested = match tag {
        // Extension values.
        0x04 => parse_one(content, depth + 1).filter(|(_, rest)| rest.is_empty()).map(|(node, _)| vec![node]),
        tag if tag & 0x20 != 0 => parse_values(content, depth + 1),
        _ => None,
    };
    let body = nested.map_or_else(|| Body::Bytes(content.to_vec()), Body::Values);
    Some((Node { tag, body }, rest))
}

/// A small generator for choices; xorshift32.
pub struct Random(u32);

impl Random {
    /// Begins with a seed.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }
}

/// libFuzzer's own mutation of a few bytes, which may grow by a few.
fn mutate_bytes(bytes: &mut Vec<u8>) {
    let len = bytes.len();
    bytes.resize(len + 8, 0);
    let len = libfuzzer_sys::fuzzer_mutate(bytes, len, len + 8);
    bytes.truncate(len);
}

/// Tags worth trying in another's place.
const TAGS: [u8; 20] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81,
    0x82, 0xa0, 0xa3,
];

/// One change to a tree that leaves it a tree.
pub fn mutate(root: &mut Node, random: &mut Random) {
    mutate_with(root, random, |bytes, _| mutate_bytes(bytes));
}

/// The same, with a mutation of bytes of the caller's own.
pub fn mutate_with(
    root: &mut Node,
    random: &mut Random,
    mutate_bytes: impl FnOnce(&mut Vec<u8>, &mut Random),
) {
    let count = root.count();
    if count < 2 {
        return;
    }
    let target = 1 + random.below(count - 1);
    let donor = root.get(random.below(count)).cloned();
    match random.below(8) {
        // Bytes of a value: the most fruitful.
        0..=3 => {
            // The next value that has bytes.
            for number in (target..count).chain(1..target) {
                if let Some(Node { body: Body::Bytes(bytes), .. }) = root.get_mut(number) {
                    mutate_bytes(bytes, random);
                    return;
                }
            }
        }
        4 => {
            if let (Some(node), Some(donor)) = (root.get_mut(target), donor)
                && donor.count() < 64
            {
                *node = donor;
            }
        }
        5 => {
            if let Some(node) = root.get_mut(target) {
                node.tag = TAGS[random.below(TAGS.len())];
            }
        }
        // Remove, repeat or exchange among the values of one parent.
        operation => {
            let parent = (0..target)
                .rev()
                .find(|&number| root.get(number).is_some_and(|node| !node.values().is_empty()));
            let Some(Node { body: Body::Values(values), .. }) =
                parent.and_then(|number| root.get_mut(number))
            else {
                return;
            };
            let at = random.below(values.len());
            match (operation, random.below(3)) {
                (6, _) => {
                    values.remove(at);
                }
                (_, 0) => {
                    let other = random.below(values.len());
                    values.swap(at, other);
                }
                _ => {
                    if let Some(donor) = donor
                        && donor.count() < 64
                    {
                        values.insert(at, donor);
                    }
                }
            }
        }
    }
}

/// Makes the algorithm outside the signed part what it is inside.
pub fn agree_on_algorithm(certificate: &mut Node) {
    let [tbs, algorithm, _] = certificate.values_mut() else {
        return;
    };
    let inside = tbs.values().iter().find(|node| node.tag == 0x30);
    if let Some(inside) = inside {
        *algorithm = inside.clone();
    }
}

/// The parts of a certificate as a tree sees them, whichever of them are there.
pub struct Parts<'n> {
    tbs: &'n [Node],
}

impl<'n> Parts<'n> {
    /// The parts of a certificate, or `None` if it does not begin like one.
    #[must_use]
    pub fn of(certificate: &'n Node) -> Option<Self> {
        Some(Self { tbs: certificate.values().first()?.values() })
    }

    /// The bytes of the serial number.
    #[must_use]
    pub fn serial(&self) -> Option<Vec<u8>> {
        self.tbs.iter().find(|node| node.tag == 0x02).map(Node::content)
    }

    /// The SEQUENCEs of the signed part: algorithm, issuer, validity, subject, key.
    fn sequence(&self, number: usize) -> Option<&'n Node> {
        self.tbs.iter().filter(|node| node.tag == 0x30).nth(number)
    }

    /// The signature algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Option<&'n Node> {
        self.sequence(0)
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> Option<&'n Node> {
        self.sequence(1)
    }

    /// The texts of notBefore and notAfter with their tags.
    pub fn times(&self) -> impl Iterator<Item = (u8, Vec<u8>)> + use<'n> {
        self.sequence(2).into_iter().flat_map(|times| times.values()).map(|time| (time.tag, time.content()))
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> Option<&'n Node> {
        self.sequence(3)
    }

    /// Whether issuerUniqueID or subjectUniqueID stands in the certificate.
    #[must_use]
    pub fn has_unique_identifiers(&self) -> bool {
        self.tbs.iter().any(|node| matches!(node.tag, 0x81 | 0x82))
    }

    /// The extensions: OID, criticality, value.
    pub fn extensions(&self) -> impl Iterator<Item = (Vec<u8>, bool, Vec<u8>)> + use<'n> {
        let list = self.tbs.iter().filter(|node| node.tag == 0xa3).flat_map(|node| node.values());
        list.flat_map(|list| list.values()).filter_map(|extension| match extension.values() {
            [oid, value] => Some((oid.content(), false, value.content())),
            [oid, critical, value] => Some((oid.content(), critical.content() == [0xff], value.content())),
            _ => None,
        })
    }

    /// The value of one extension.
    #[must_use]
    pub fn extension(&self, oid: &[u8]) -> Option<(bool, Vec<u8>)> {
        self.extensions().find(|(found, ..)| found == oid).map(|(_, critical, value)| (critical, value))
    }
}

/// A part of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// serialNumber.
    Serial,
    /// issuer or subject.
    Name,
    /// subjectPublicKeyInfo.
    Key,
    /// The extensions, but in none of them.
    Extensions,
    /// The extension with this OID.
    Extension(Vec<u8>),
    /// Anything else.
    Other,
}

/// The part of a certificate to which the byte at `offset` belongs.
#[must_use]
pub fn place(certificate: &Node, offset: usize) -> Place {
    let Some((tbs, offset)) = child_at(certificate, offset) else {
        return Place::Other;
    };
    if certificate.values().first() != Some(tbs) {
        return Place::Other;
    }
    let Some((field, offset)) = child_at(tbs, offset) else {
        return Place::Other;
    };
    let before = tbs.values().iter().take_while(|node| !std::ptr::eq(*node, field));
    match (field.tag, before.filter(|node| node.tag == 0x30).count()) {
        (0x02, 0) => Place::Serial,
        (0x30, 1 | 3) => Place::Name,
        (0x30, 4) => Place::Key,
        (0xa3, _) => match child_at(field, offset).and_then(|(list, offset)| child_at(list, offset)) {
            Some((extension, _)) => match extension.values().first() {
                Some(oid) => Place::Extension(oid.content()),
                None => Place::Extension(Vec::new()),
            },
            None => Place::Extensions,
        },
        _ => Place::Other,
    }
}

/// The value in the contents of `node` to which the byte at `offset` of its DER belongs, and the offset in
/// that; the last value also for the byte behind it.
fn child_at(node: &Node, offset: usize) -> Option<(&Node, usize)> {
    let mut start = node.encode().len() - node.content().len();
    let mut last = None;
    for value in node.values() {
        let len = value.encode().len();
        if (start..start + len).contains(&offset) {
            return Some((value, offset - start));
        }
        last = Some((value, len));
        start += len;
    }
    last.filter(|_| offset == start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_read() {
        let der = [0x30, 0x08, 0x04, 0x03, 0x02, 0x01, 0x05, 0x0c, 0x01, 0x41];
        let node = Node::parse(&der).unwrap();
        assert_eq!(node.encode(), der);
        assert_eq!(node.count(), 4);
        assert_eq!(node.get(2).unwrap().tag, 0x02);
    }

    #[test]
    fn tells_the_parts_of_a_certificate() {
        let extension = [0x30, 7, 6, 3, 0x55, 0x1d, 0x0e, 4, 0];
        let mut tbs =
            vec![0xa0, 3, 2, 1, 2, 2, 1, 9, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0xa3, 11, 0x30, 9];
        tbs.extend(extension);
        let mut der = vec![0x30, tbs.len() as u8 + 2, 0x30, tbs.len() as u8];
        der.extend(tbs);
        let certificate = Node::parse(&der).unwrap();
        let places = [
            (6, Place::Other),
            (9, Place::Serial),
            (12, Place::Other),
            (14, Place::Name),
            (16, Place::Other),
        ];
        for (offset, expected) in places {
            assert_eq!(place(&certificate, offset), expected, "{offset}");
        }
        assert_eq!(place(&certificate, 18), Place::Name);
        assert_eq!(place(&certificate, 20), Place::Key);
        assert_eq!(place(&certificate, 26), Place::Extension(vec![0x55, 0x1d, 0x0e]));
        assert_eq!(place(&certificate, der.len()), Place::Extension(vec![0x55, 0x1d, 0x0e]));
    }
}
