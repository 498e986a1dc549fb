#include "cli/published_figures.h"

#include <map>
#include <stdexcept>

#include "cli/published_texts.h"
#include "core/numbers.h"
#include "data/csv.h"

namespace faultline {

std::vector<PublishedFigure> published_figures(const std::string& file) {
  for (const auto& [name, text] : kPublishedTexts) {
    if (file != name) continue;
    const auto rows = parse_csv(text, file);
    std::map<std::string, size_t> columns;
    for (size_t i = 0; i < rows.at(0).fields.size(); ++i) columns[rows[0].fields[i]] = i;
    std::vector<PublishedFigure> out;
    for (size_t i = 1; i < rows.size(); ++i) {
      const auto field = [&](const char* column) { return rows[i].fields.at(columns.at(column)); };
      PublishedFigure figure{field("model"),   field("dataset"), field("explainer"), field("attack_or_condition"),
                             field("epsilon"), field("metric"),  field("claim"),     field("how_read"),
                             std::nullopt};
      if (const std::string value = field("value"); !value.empty()) figure.value = parse_number(value, file);
      out.push_back(std::move(figure));
    }
    return out;
  }
  throw std::logic_error("no published figures are named " + file);
}

}  // namespace faultline
