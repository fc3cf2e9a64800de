# Reads callgrind's dumps, whose triggers are named `GROUP|CASE`, and compares the counts in a group.
/^desc: Trigger: Client Request: / {
    sub(/^desc: Trigger: Client Request: /, "")
    split($0, name, "|")
}
/^summary: / && name[1] != "" {
    group = name[1]
    cases[group]++
    if (!(group in count)) { count[group] = $2; groups++ }
    else if (count[group] != $2) {
        if (!(group in uneven)) bad++
        uneven[group] = uneven[group] " " name[2] ": " $2 " for " count[group] ";"
    }
    of = cases[group]
    name[1] = ""
}
END {
    printf "%d groups of %d, %d uneven\n", groups, of, bad
    for (group in uneven) print group ":" uneven[group]
}
