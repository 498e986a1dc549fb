#include "cli/ledger_file.h"

#include <nlohmann/json.hpp>

#include "core/numbers.h"
#include "core/write_file.h"

namespace faultline {

namespace {

using Json = nlohmann::ordered_json;

std::vector<double> numbers(const at::Tensor& values) {
  const at::Tensor plain = values.to(at::kCPU, at::kDouble).contiguous();
  return std::vector<double>(plain.data_ptr<double>(), plain.data_ptr<double>() + plain.numel());
}

}  // namespace

void write_ledger(const std::string& path, const Ledger& ledger, const std::string& spec, const Samples& samples) {
  Json json;
  json["format"] = "faultline ledger 1";
  json["spec"] = spec;
  json["ids"] = samples.ids;
  json["names"] = samples.names;
  json["explained"] = numbers(ledger.explained);
  json["map-sum"] = numbers(ledger.map_sum);
  json["map-magnitude"] = numbers(ledger.map_magnitude);
  json["leaks"] = numbers(ledger.leaks());
  json["totals"] = Json::object();
  for (const LedgerColumn column : leak_columns()) json["totals"][name_of(column)] = numbers(ledger.total(column));
  json["nodes"] = Json::array();
  // From the output down, as relevance goes.
  for (int node = static_cast<int>(ledger.nodes()) - 1; node >= 0; --node) {
    if (!ledger.has(node)) continue;
    Json row;
    row["name"] = ledger.name(node);
    row["operation"] = ledger.operation(node);
    row["in"] = numbers(ledger.of(node, LedgerColumn::in));
    row["out"] = numbers(ledger.of(node, LedgerColumn::out));
    for (const LedgerColumn column : leak_columns()) {
      const at::Tensor amounts = ledger.of(node, column);
      if (amounts.abs().max().item<double>() > 0) row[name_of(column)] = numbers(amounts);
    }
    row["rounding"] = numbers(ledger.rounding(node));
    json["nodes"].push_back(std::move(row));
  }
  write_file(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string largest_leak(const Ledger& ledger) {
  const at::Tensor scale = ledger.explained.abs().clamp_min(1e-300);
  double largest = 0;
  std::string where;
  for (int node = 0; node < ledger.nodes(); ++node) {
    for (const LedgerColumn column : leak_columns()) {
      const double share = (ledger.of(node, column) / scale).mean().item<double>();
      if (std::abs(share) <= std::abs(largest)) continue;
      largest = share;
      where = std::string(name_of(column)) + " at " + ledger.operation(node) + " " + ledger.name(node);
    }
  }
  if (where.empty()) return "";
  const std::string amount = short_number(std::round(1000 * largest) / 10) + " %";
  return "largest leak: " + amount + " of what is explained, " + where + " (mean over samples)";
}

}  // namespace faultline
