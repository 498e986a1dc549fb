#include <algorithm>
#include <cmath>

#include "report/html_axioms.h"
#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/summary_facts.h"
#include "report/svg.h"
#include "suites/axioms/axiom_facts.h"

namespace faultline {
namespace {

constexpr double kKept = 1e-3;       // changes below are not told apart from none in the report
constexpr size_t kShownAtOnce = 16;  // longer tables open on demand
constexpr double kBarWidth = 100, kBarHeight = 8;

/// What is left after one layer, over what is explained; layers that keep the sum are folded into one row.
struct Row {
  std::string node, operation;
  double left = 0, change = 0;
  size_t layers = 1;
};

struct Sum {
  double order = 0;
  std::string node, operation;
  double left = 0;
};

std::vector<Sum> sums_of(const ConditionSummary& condition) {
  std::vector<Sum> out;
  for (const auto& [metric, value] : condition.whole) {
    const auto parts = facts::parts_of(metric);
    if (parts.size() == 4 && parts[0] == facts::axioms::kLayerSum)
      out.push_back({number_of(parts[1]).value_or(1e9), parts[2], parts[3], value});
  }
  std::stable_sort(out.begin(), out.end(), [](const Sum& a, const Sum& b) { return a.order < b.order; });
  return out;
}

std::vector<Row> rows_of(const std::vector<Sum>& sums) {
  std::vector<Row> out;
  double before = 1;
  for (const auto& sum : sums) {
    const double change = sum.left - before;
    const bool keeps = std::abs(change) < kKept;
    if (keeps && !out.empty() && std::abs(out.back().change) < kKept) {
      Row& last = out.back();
      last = {sum.node, sum.operation, sum.left, last.change + change, last.layers + 1};
    } else {
      out.push_back({sum.node, sum.operation, sum.left, change, 1});
    }
    before = sum.left;
  }
  return out;
}

void write_bar(HtmlWriter& html, double left, double low, double high, bool is_most) {
  const auto x_of = [&](double value) { return (value - low) / (high - low) * kBarWidth; };
  html.open("td", {{"class", "bar"}});
  html.open("svg", {{"viewBox", "0 0 " + svg_number(kBarWidth) + " " + svg_number(kBarHeight)},
                    {"preserveAspectRatio", "none"},
                    {"aria-hidden", "true"}});
  html.open("g", {{"class", is_most ? "s1" : "s0"}});
  html.open("rect", {{"class", "dot"},
                     {"x", svg_number(x_of(std::min(0.0, left)))},
                     {"y", "0"},
                     {"width", svg_number(x_of(std::abs(left)) - x_of(0))},
                     {"height", svg_number(kBarHeight)}});
  html.close().close().close().close();
}

void write_row(HtmlWriter& html, const Row& row, double low, double high, bool is_most) {
  html.open("tr").open("td").text(row.node);
  if (row.layers > 1) html.leaf("small", "and " + std::to_string(row.layers - 1) + " before it");
  html.close().leaf("td", row.layers > 1 ? "" : row.operation);
  write_number_cell(html, share_text(row.left));
  write_bar(html, row.left, low, high, is_most);
  if (std::abs(row.change) < kKept) {
    html.leaf("td", "kept");
  } else {
    html.open("td").text(share_text(std::abs(row.change)) + (row.change < 0 ? " lost" : " created"));
    if (is_most) html.leaf("small", "the largest change");
    html.close();
  }
  html.close().line_break();
}

}  // namespace

void write_layer_sums(HtmlWriter& html, const ConditionSummary& condition) {
  const auto rows = rows_of(sums_of(condition));
  if (rows.empty()) return;
  double low = 0, high = 1;
  auto most = rows.begin();
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    low = std::min(low, row->left);
    high = std::max(high, row->left);
    if (std::abs(row->change) > std::abs(most->change)) most = row;
  }
  const bool is_long = rows.size() > kShownAtOnce;
  const std::string of = condition.explainer + ", " + condition.condition;
  if (is_long) html.open("details").leaf("summary", "What is left of the relevance, layer by layer");
  open_table(html, "Relevance left after each layer: " + of);
  html.leaf("caption", "What is left of the relevance, layer by layer from the output to the input, over what is explained");
  write_heads(html, {{"after", false}, {"operation", false}, {"left", true}, {"", false}, {"there", false}});
  html.open("tbody").line_break();
  for (auto row = rows.begin(); row != rows.end(); ++row)
    write_row(html, *row, low, high, row == most && std::abs(row->change) >= kKept);
  html.close();
  close_table(html);
  if (is_long) html.close().line_break();
}

}  // namespace faultline
