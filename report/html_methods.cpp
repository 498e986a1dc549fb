#include "report/html_cells.h"
#include "report/html_sections.h"
#include "report/used_methods.h"

namespace faultline {
namespace {

struct Statistic {
  const char *name, *formula, *source;
};

const Statistic kStatistics[] = {
    {"interval of a mean", "2.5 and 97.5 percentiles of the means of 2000 resamples of the samples (type 7)",
     "Efron 1979; Hyndman, Fan 1996"},
    {"moved beyond noise", "mean over samples of metric(control) - metric(attack), turned so that more means further moved",
     "paired differences"},
    {"p",
     "share of the sign patterns of the paired differences with a mean at least as large: all 2^n for n <= 20, else 10000 drawn",
     "Fisher 1935"},
    {"rounding floor", "the metric between the float32 and the float64 map of the unchanged input", "of this program"}};

void write_row(HtmlWriter& html, const std::string& kind, const std::string& name, const std::string& spec,
               const std::string& formula, const std::string& source) {
  html.open("tr").leaf("td", kind).open("td").text(name);
  if (!spec.empty() && spec != name) html.leaf("small", spec, {{"class", "refs"}});
  html.close().leaf("td", formula, {{"class", "long"}}).leaf("td", source, {{"class", "source"}}).close().line_break();
}

}  // namespace

void write_methods_section(HtmlWriter& html, const RunSummary& run) {
  html.open("section", {{"id", "methods"}}).leaf("h2", "Methods").line_break();
  html.leaf(
      "p",
      "What was computed, in short, and where it comes from. f is the explained output, g its gradient, x the input, R and M "
      "maps, P(x) the nearest allowed input. docs/explanation has the conventions.",
      {{"class", "fine"}});
  open_table(html, "Methods");
  write_heads(html, {{"kind", false}, {"method", false}, {"formula", false}, {"source", false}});
  html.open("tbody").line_break();
  for (const auto& method : methods_of(run)) {
    write_row(html, method.kind, method.name, method.spec, method.formula.empty() ? "not on record" : method.formula,
              method.source);
  }
  for (const auto& [name, formula, source] : kStatistics) write_row(html, "statistic", name, "", formula, source);
  html.close();
  close_table(html);
  html.close().line_break();
}

}  // namespace faultline
