#include "explainers/external/protocol.h"

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace faultline::external {
namespace {

constexpr size_t kShown = 80;  // of a line that is no answer

}  // namespace

std::string line_of(const Request& request) {
  const nlohmann::ordered_json json{{"faultline", kProtocol},   {"request", request.number},  {"model", request.model},
                                    {"inputs", request.inputs}, {"targets", request.targets}, {"ids", request.ids},
                                    {"seeds", request.seeds},   {"maps", request.maps}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Answer parse_answer(const std::string& line) {
  const auto refuse = [&] {
    throw_input("stdout", "holds '" + line.substr(0, kShown) + (line.size() > kShown ? "...'" : "'"),
                "it is for answers alone, {\"request\":N,\"maps\":\"FILE.npy\"}");
  };
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) refuse();
  Answer out;
  const auto number = json.find("request");
  if (number == json.end() || !number->is_number_unsigned()) refuse();
  out.number = number->get<uint64_t>();
  for (const auto& [key, member] : {std::pair<const char*, std::string*>{"maps", &out.maps}, {"error", &out.error}}) {
    const auto found = json.find(key);
    if (found == json.end()) continue;
    if (!found->is_string()) refuse();
    *member = found->get<std::string>();
  }
  if (json.contains("error") && out.error.empty()) out.error = "an error without words";
  return out;
}

}  // namespace faultline::external
