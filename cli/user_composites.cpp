#include "cli/user_composites.h"

#include <algorithm>

#include "cli/labelled_spec.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/spec.h"
#include "explainers/lrp.h"

namespace faultline {

bool take_composite_line(const std::string& path, const std::string& key, const std::string& value, UserComposites* composites) {
  const std::string section = std::string(Lrp::kName) + ".";
  if (key.compare(0, section.size(), section) != 0) return false;
  const size_t end = key.find('.', section.size());
  if (end == std::string::npos) return false;
  const std::string name = key.substr(section.size(), end - section.size());
  const auto& built_in = Composite::names();
  if (std::find(built_in.begin(), built_in.end(), name) != built_in.end()) {
    throw_usage(path + ": [" + section + name + "]", "is the name of a built-in composite", "choose another");
  }
  const std::string line = key.substr(end + 1) + " = " + value;
  Composite::parse(line);  // a mistake is named now, with the file, and not when a network is there
  std::string& lines = (*composites)[name];
  lines += (lines.empty() ? "" : "; ") + line;
  Composite::parse(lines);  // of two sections of one name, say
  return true;
}

std::string with_composite_lines(const std::string& labelled, const UserComposites& composites) {
  const auto [label, text] = label_and_spec(labelled);
  const Spec spec = parse_spec(text);
  const std::string* name = spec.name == Lrp::kName ? spec.find("composite") : nullptr;
  const auto found = name ? composites.find(*name) : composites.end();
  if (found != composites.end()) return (label.empty() ? "" : label + "=") + print(spec.with("composite", found->second));
  const bool is_name = name && !name->empty() && name->find('=') == std::string::npos;
  std::vector<std::string> known = Composite::names();
  if (!is_name || std::find(known.begin(), known.end(), *name) != known.end()) return labelled;
  for (const auto& composite : composites) known.push_back(composite.first);
  throw_usage("composite '" + *name + "'", "is not known", suggestion(*name, known) + "; or lines (selector = rule; ...)");
}

}  // namespace faultline
