# Lists what of cba-core can be called from outside, one name a line: `function`, `Type::function`, and
# `<Type as Trait>::` for the hand-written implementations of traits that have a body. Test modules are
# left out: they come last in a file, behind #[cfg(test)].

FNR == 1 { scope = ""; skip = 0; pending = "" }
/^#\[cfg\(test\)\]/ { pending = FNR; next }
pending && FNR == pending + 1 && /^(pub )?mod .*[{]/ { skip = 1 }
skip { next }

# The type of an impl block: the last path segment, without its parameters.
function bare(path) {
    sub(/^&(mut )?/, "", path)
    sub(/<.*/, "", path)
    sub(/^.*::/, "", path)
    return path
}

/^impl/ {
    head = $0
    while (head !~ /[{]/ && (getline line) > 0) head = head " " line
    sub(/^impl(<[^>]*>)? */, "", head)
    empty = head ~ /[{] *[}]/
    sub(/ *[{].*/, "", head)
    sub(/ where .*/, "", head)
    if (match(head, / for /)) {
        trait = bare(substr(head, 1, RSTART - 1))
        scope = bare(substr(head, RSTART + RLENGTH))
        if (!empty) print "<" scope " as " trait ">::"
    } else {
        scope = bare(head)
    }
    if (empty) scope = ""
    next
}
/^}/ { scope = "" }

/^ *pub (const |async |unsafe )*fn / {
    name = $0
    sub(/^ *pub (const |async |unsafe )*fn /, "", name)
    sub(/[^A-Za-z0-9_].*/, "", name)
    indented = $0 ~ /^ /
    if (indented && scope != "") print scope "::" name
    else print name
}
