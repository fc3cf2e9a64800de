# Reads the limits, then callgrind's dumps, whose triggers are named `GROUP|CASE`; the counting
# itself, the group `nothing`, is taken off.
FILENAME == "limits" {
    if (!/^#/) { split($0, entry, "|"); limit[entry[1]] = entry[2] }
    next
}
/^desc: Trigger: Client Request: / {
    sub(/^desc: Trigger: Client Request: /, "")
    split($0, name, "|")
}
/^summary: / && name[1] != "" {
    group = name[1]
    name[1] = ""
    if (group == "nothing") { nothing = $2; next }
    if (!(group in least)) { order[++groups] = group; least[group] = most[group] = $2 }
    if ($2 < least[group]) least[group] = $2
    if ($2 > most[group]) most[group] = $2
}
END {
    for (i = 1; i <= groups; i++) {
        group = order[i]
        count = most[group] - nothing
        verdict = "ok"
        if (!(group in limit)) verdict = "FAILED: no limit"
        else if (most[group] != least[group]) verdict = "FAILED: uneven, from " least[group] - nothing
        else if (group ~ /^control/) verdict = count > limit[group] ? "caught" : "FAILED: not caught"
        else if (count > limit[group]) verdict = "FAILED: too many"
        if (verdict ~ /FAILED/) bad++
        printf "%-32s %7d of %7d  %s\n", group, count, limit[group], verdict
        delete limit[group]
    }
    for (group in limit) { print "FAILED: not counted: " group; bad++ }
    exit bad > 0
}
