# Lines and branches covered by room, from gcovr's --csv; exits 1 where something is below its threshold.
# What reads input from outside or writes what others read (parsers, run store, escaping) has a group and thresholds of its own.
BEGIN {
  FS = ","
  strict = "^(data/(npy|idx|gzip|csv|image_header|image_listing|cifar10)|core/(spec|numbers)|cli/arguments|suites/run_(store|database)|report/escape|models/archive_check)"
  strict_name = "parsers, run store, escaping"
}

NR == 1 {
  for (i = 1; i <= NF; ++i) column[$i] = i
  next
}

{
  file = $column["filename"]
  group = file ~ strict ? strict_name : substr(file, 1, index(file, "/") - 1)
  if (!(group in lines)) names[++groups] = group
  lines[group] += $column["line_total"]
  lines_covered[group] += $column["line_covered"]
  branches[group] += $column["branch_total"]
  branches_covered[group] += $column["branch_covered"]
}

function percent(part, whole) { return whole > 0 ? 100 * part / whole : 100 }

END {
  printf "%-30s %8s %8s   %s\n", "", "lines", "branches", "at least"
  for (i = 1; i <= groups; ++i) {
    group = names[i]
    line = percent(lines_covered[group], lines[group])
    branch = percent(branches_covered[group], branches[group])
    need_line = group == strict_name ? 95 : 85
    need_branch = group == strict_name ? 85 : 0
    low = line < need_line || branch < need_branch
    failed += low
    printf "%-30s %7.1f%% %7.1f%%   %s%s\n", group, line, branch,
           need_line "%" (need_branch ? " and " need_branch "%" : ""), low ? "  BELOW" : ""
  }
  exit failed > 0
}
